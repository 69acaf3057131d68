/**
 * What every store must do, as one suite. An adapter's test opens its store over a world that the
 * suite can change. Where a case cannot be, the adapter says why and proves it: nothing is skipped.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { formatAddress } from "../../lib/net/mod.ts";
import {
  type ObjectMeta,
  recordAnnotation,
  type Service,
  type Snapshot,
} from "../../lib/objects/mod.ts";
import { ConflictError, type StatusPatch, type Store } from "../../lib/ports/mod.ts";

/** An open store, and the world behind it. */
export interface StoreFixture {
  readonly store: Store;
  /** Makes exactly these objects the users' objects. */
  setObjects(raws: readonly unknown[]): Promise<void>;
  /** Another store over the same world, as after a restart. */
  reopen(): Promise<Store>;
  /** Closes everything and cleans up. */
  close(): Promise<void>;
}

/** What a suite needs of an adapter. */
export interface StoreContractOptions {
  readonly open: (raws: readonly unknown[]) => Promise<StoreFixture>;
  /** What is tried in place of a case that cannot be: that the reason is true. */
  readonly instead?: readonly Instead[];
}

/** Why a case cannot be, and the proof of it. */
export interface Instead {
  /** A part of the case's name. */
  readonly test: string;
  readonly reason: string;
  readonly prove: () => Promise<void>;
}

type Case = readonly [name: string, run: (open: StoreContractOptions["open"]) => Promise<void>];

/** Makes a test of each case. */
export function storeContract(adapter: string, options: StoreContractOptions): void {
  const { open, instead = [] } = options;
  for (const { test } of instead) {
    assert(cases.some(([name]) => name.includes(test)), `No case is named "${test}"`);
  }
  for (const [name, run] of cases) {
    const other = instead.find(({ test }) => name.includes(test));
    if (other === undefined) Deno.test(`${adapter} ${name}`, () => run(open));
    else Deno.test(`${adapter} need not: ${name} (${other.reason})`, other.prove);
  }
}

/** How many cases there are. */
export function storeContractSize(): number {
  return cases.length;
}

/** Waits until the snapshot is as it should be; fails after ten seconds. */
export async function until(
  store: Store,
  what: string,
  holds: (snapshot: Snapshot) => boolean,
): Promise<Snapshot> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    const { faults, services } = store.snapshot();
    const seen = JSON.stringify({ faults, services: services.map(({ ref }) => ref) });
    reject(new Error(`Waited in vain until ${what}; there is ${seen}`));
  }, 10_000);
  const look = (): void => {
    if (holds(store.snapshot())) resolve();
  };
  const unsubscribe = store.subscribe(look);
  look();
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    unsubscribe();
  }
  return store.snapshot();
}

/** A Service as users write it. */
export function rawService(name: string, extra: Readonly<Record<string, unknown>> = {}): unknown {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "shop", annotations: { "lb.kubesphere.io/v1alpha1": "porter" } },
    spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
    ...extra,
  };
}

/** A pool as users write it. */
export function rawEip(name: string, address: string): unknown {
  const apiVersion = "network.kubesphere.io/v1alpha1";
  return { apiVersion, kind: "Eip", metadata: { name }, spec: { address } };
}

/** A condition with all its fields: the Kubernetes API fills in what is missing. */
export function condition(type: string): Readonly<Record<string, string>> {
  const lastTransitionTime = "2026-01-31T12:00:00Z";
  return { type, status: "True", reason: "Tested", message: "", lastTransitionTime };
}

/** What a manager says of a Service that it gives an address. */
export function assignment(name: string, address: string): StatusPatch {
  return {
    object: { kind: "Service", namespace: "shop", name },
    annotations: { [recordAnnotation]: `${address} pool=edge by=pool` },
    status: { loadBalancer: { ingress: [{ ip: address }] } },
  };
}

/** The Service of a name; fails when there is none. */
export function serviceNamed(snapshot: Snapshot, name: string): Service {
  const found = snapshot.services.find(({ ref }) => ref.name === name);
  assert(found !== undefined, `There is no Service ${name}`);
  return found;
}

/** What a Service holds, as text. */
export function heldBy(snapshot: Snapshot, name: string): string[] {
  return serviceNamed(snapshot, name).holds
    .map(({ address, inStatus }) =>
      `${formatAddress(address)}${inStatus ? "" : " (not in status)"}`
    );
}

/** Runs with an open store, and closes it whatever happens. */
async function using(
  open: StoreContractOptions["open"],
  raws: readonly unknown[],
  run: (fixture: StoreFixture) => Promise<void>,
): Promise<void> {
  const fixture = await open(raws);
  try {
    await run(fixture);
  } finally {
    await fixture.close();
  }
}

const web = rawService("web");
const api = rawService("api");
const edge = rawEip("edge", "203.0.113.0/24");
const broken = rawService("web", { spec: { type: "LoadBalancer", ports: [{ port: 0 }] } });

/** A peer that names a Secret, and the Secret. */
const guarded = {
  apiVersion: "network.kubesphere.io/v1alpha1",
  kind: "BgpPeer",
  metadata: { name: "leaf" },
  spec: {
    config: { peerAs: 64600, neighborAddress: "192.0.2.1" },
    passwordSecretRef: { name: "leaf" },
  },
};
const secretOf = (password: string) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "leaf", namespace: "shop" },
  type: "kubernetes.io/basic-auth",
  data: { username: btoa("porter"), password: btoa(password) },
});
const passwordIn = ({ secrets = [] }: Snapshot): string | undefined =>
  secrets.find(({ ref }) => ref.name === "leaf")?.data["password"]?.reveal();

const cases: readonly Case[] = [
  [
    "has the Secrets that BgpPeers name, as they come, change and go, and shows them to nobody",
    (open) =>
      using(open, [guarded, secretOf("correct horse")], async ({ store, setObjects }) => {
        assertEquals(passwordIn(store.snapshot()), "correct horse");
        assertEquals(store.snapshot().unreadSecrets, undefined);
        await setObjects([guarded, secretOf("battery")]);
        await until(store, "the password is another", (it) => passwordIn(it) === "battery");
        await setObjects([guarded]);
        await until(store, "the Secret is gone", (it) => passwordIn(it) === undefined);
        await setObjects([guarded, secretOf("staple")]);
        const snapshot = await until(store, "it is back", (it) => passwordIn(it) === "staple");
        assertEquals(snapshot.complete, true);
        const shown = JSON.stringify(snapshot) + Deno.inspect(snapshot, { depth: 99 });
        assertEquals(/staple|c3RhcGxl/.test(shown), false);
      }),
  ],
  [
    "shows everything at once when it opens",
    (open) =>
      using(open, [web, api, edge], ({ store }) => {
        const snapshot = store.snapshot();
        assertEquals(snapshot.complete, true);
        assertEquals(snapshot.services.map(({ ref }) => ref.name), ["api", "web"]);
        assertEquals(snapshot.eips.map(({ ref }) => ref.name), ["edge"]);
        assertEquals(snapshot.faults, []);
        return Promise.resolve();
      }),
  ],
  ["ignores kinds that porter does not read", (open) => {
    const config = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web" } };
    return using(open, [config, web], ({ store }) => {
      assertEquals(store.snapshot().services.length, 1);
      assertEquals(store.snapshot().faults, []);
      return Promise.resolve();
    });
  }],
  [
    "keeps the references of objects that did not change",
    (open) =>
      using(open, [web, api, edge], async ({ store, setObjects }) => {
        const before = store.snapshot();
        await setObjects([
          web,
          rawService("api", { spec: { type: "ClusterIP", ports: [{ port: 80 }] } }),
          edge,
        ]);
        const after = await until(
          store,
          "api has changed",
          (now) => !serviceNamed(now, "api").isLoadBalancer,
        );
        assert(serviceNamed(before, "web") === serviceNamed(after, "web"));
        assert(before.eips === after.eips);
        assert(serviceNamed(before, "api") !== serviceNamed(after, "api"));
        assertEquals(serviceNamed(before, "api").isLoadBalancer, true, "a snapshot is immutable");
      }),
  ],
  [
    "calls back once for many changes of one moment, and not from within a call",
    (open) =>
      using(open, [web, api], async ({ store }) => {
        let calls = 0;
        store.subscribe(() => void calls++);
        const patched = store.patch([
          assignment("web", "203.0.113.1"),
          assignment("api", "203.0.113.2"),
        ]);
        assertEquals(calls, 0);
        await patched;
        await until(store, "both hold", (now) =>
          now.services.every(({ holds }) =>
            holds.length === 1
          ));
        await settle();
        assertEquals(calls, 1);
      }),
  ],
  [
    "stops calling who unsubscribed, also when it was subscribed twice",
    (open) =>
      using(open, [web], async ({ store }) => {
        let calls = 0;
        const count = (): void => void calls++;
        const first = store.subscribe(count);
        store.subscribe(count);
        first();
        await store.patch([assignment("web", "203.0.113.1")]);
        await settle();
        assertEquals(calls, 1);
      }),
  ],
  [
    "shows its own patch as soon as it is written",
    (open) =>
      using(open, [web], async ({ store }) => {
        await store.patch([assignment("web", "203.0.113.1")]);
        assertEquals(heldBy(store.snapshot(), "web"), ["203.0.113.1"]);
        assertEquals(serviceNamed(store.snapshot(), "web").holds[0]?.pool, "edge");
      }),
  ],
  ["keeps a patch over a restart", (open) =>
    using(open, [web], async ({ store, reopen }) => {
      await store.patch([assignment("web", "2001:db8::1")]);
      await store.close();
      const again = await reopen();
      assertEquals(heldBy(again.snapshot(), "web"), ["2001:db8::1"]);
    })],
  [
    "shows a patch to everybody who opened the same world",
    (open) =>
      using(open, [web], async ({ store, reopen }) => {
        const other = await reopen();
        await store.patch([assignment("web", "203.0.113.1")]);
        await until(other, "the other has seen it", (now) => heldBy(now, "web").length === 1);
      }),
  ],
  [
    "merges patches: fields that are not named survive, null removes",
    (open) =>
      using(open, [web], async ({ store }) => {
        const { object } = assignment("web", "203.0.113.1");
        await store.patch([assignment("web", "203.0.113.1")]);
        await store.patch([{ object, status: { conditions: [condition("Announced")] } }]);
        const merged = serviceNamed(store.snapshot(), "web");
        assertEquals(heldBy(store.snapshot(), "web"), ["203.0.113.1"]);
        assertEquals(merged.status.conditions, [condition("Announced")]);
        await store.patch([
          { object, annotations: { [recordAnnotation]: null }, status: { loadBalancer: null } },
        ]);
        const removed = serviceNamed(store.snapshot(), "web");
        assertEquals(removed.holds, []);
        assertEquals(Object.keys(removed.status), ["conditions"]);
        assertEquals(Object.keys(removed.annotations), ["lb.kubesphere.io/v1alpha1"]);
      }),
  ],
  [
    "lets other people's annotations and status fields survive, and hides only what null names",
    (open) => {
      const conditions = [condition("example.com/Other")];
      const status = { loadBalancer: { ingress: [{ ip: "203.0.113.9" }] }, conditions };
      return using(open, [rawService("web", { status })], async ({ store }) => {
        const { object } = assignment("web", "203.0.113.1");
        assertEquals(heldBy(store.snapshot(), "web"), ["203.0.113.9"]);
        await store.patch([{ object, status: { loadBalancer: null } }]);
        const service = serviceNamed(store.snapshot(), "web");
        assertEquals(service.holds, []);
        assertEquals(service.status, { conditions });
        assertEquals(service.optIn, "annotation");
      });
    },
  ],
  ["patches several objects, and one object several times, at the same time", (open) => {
    const names = Array.from({ length: 40 }, (_, index) => `web-${index}`);
    const raws = names.flatMap((name, index) => [
      rawService(name),
      rawEip(name, `198.51.100.${index}`),
    ]);
    return using(open, raws, async ({ store }) => {
      await Promise.all(names.flatMap((name, index) => {
        const object = { kind: "Eip", namespace: "", name };
        return [
          store.patch([assignment(name, `203.0.113.${index}`)]),
          store.patch([{ object, status: { usage: index } }]),
          store.patch([{ object, status: { poolSize: index } }]),
        ];
      }));
      const { eips } = store.snapshot();
      for (const [index, name] of names.entries()) {
        assertEquals(heldBy(store.snapshot(), name), [`203.0.113.${index}`]);
        const { usage, poolSize } = eips.find(({ ref }) => ref.name === name)?.status ?? {};
        assertEquals([usage, poolSize], [index, index]);
      }
    });
  }],
  ["drops a patch for an object that is gone", (open) =>
    using(open, [web], async ({ store }) => {
      const before = store.snapshot();
      await store.patch([assignment("gone", "203.0.113.1")]);
      assertEquals(store.snapshot(), before);
      await store.patch([]);
    })],
  [
    "keeps the last good version of a broken object, its address too, and says what is wrong",
    (open) =>
      using(open, [web, api], async ({ store, setObjects }) => {
        await store.patch([assignment("web", "203.0.113.1")]);
        const before = serviceNamed(store.snapshot(), "web");
        await setObjects([broken, api]);
        const now = await until(store, "there is a fault", ({ faults }) => faults.length > 0);
        assert(serviceNamed(now, "web") === before);
        assertEquals(
          now.faults.map(({ severity, object, field }) => [severity, object?.name, field]),
          [
            ["error", "web", "spec.ports[0].port"],
          ],
        );
        await setObjects([web, api]);
        const mended = await until(store, "the fault is gone", ({ faults }) => faults.length === 0);
        assert(serviceNamed(mended, "web") === before);
      }),
  ],
  ["tells of misspelt fields without rejecting the object", (open) => {
    const spec = { type: "LoadBalancer", ports: [{ port: 80 }], loadBalancerIp: "203.0.113.1" };
    return using(open, [rawService("web", { spec })], ({ store }) => {
      const { faults, services } = store.snapshot();
      assertEquals(services.length, 1);
      assertEquals(faults.map((each) => [each.severity, each.field]), [
        ["warning", "spec.loadBalancerIp"],
      ]);
      return Promise.resolve();
    });
  }],
  [
    "forgets an object that is deleted",
    (open) =>
      using(open, [web, api], async ({ store, setObjects }) => {
        await setObjects([api]);
        const now = await until(store, "web is gone", ({ services }) => services.length === 1);
        assertEquals(now.services.map(({ ref }) => ref.name), ["api"]);
        assertEquals(now.faults, []);
      }),
  ],
  [
    "takes another name for another object, which holds nothing",
    (open) =>
      using(open, [web], async ({ store, setObjects }) => {
        await store.patch([assignment("web", "203.0.113.1")]);
        await setObjects([rawService("shop")]);
        const now = await until(store, "the new name is there", ({ services }) =>
          services.some(({ ref }) =>
            ref.name === "shop"
          ));
        assertEquals(
          now.services.map(({ ref }) => ref.name),
          ["shop"],
        );
        assertEquals(heldBy(now, "shop"), []);
      }),
  ],
  [
    "replaces a field of a status whole, also where it is a mapping",
    (open) =>
      using(open, [edge], async ({ store }) => {
        const object = { kind: "Eip", namespace: "", name: "edge" };
        await store.patch([{ object, status: { used: { "203.0.113.1": "shop/web" } } }]);
        await store.patch([{ object, status: { used: { "203.0.113.2": "shop/api" } } }]);
        assertEquals(store.snapshot().eips[0]?.status.used, { "203.0.113.2": "shop/api" });
      }),
  ],
  [
    "gives every object a version, a new one when it changes and only then",
    (open) =>
      using(open, [web, edge], async ({ store }) => {
        const version = (): string => serviceNamed(store.snapshot(), "web").resourceVersion;
        const first = version();
        assert(first !== "");
        await store.patch([assignment("web", "203.0.113.1")]);
        const second = version();
        assert(second !== first);
        const eip = store.snapshot().eips[0]?.resourceVersion;
        await store.patch([assignment("web", "203.0.113.1")]);
        assertEquals(version(), second);
        assertEquals(store.snapshot().eips[0]?.resourceVersion, eip);
      }),
  ],
  [
    "applies a patch to the version that it names, and to no other",
    (open) =>
      using(open, [web], async ({ store }) => {
        const read = serviceNamed(store.snapshot(), "web").resourceVersion;
        await store.patch([{ ...assignment("web", "203.0.113.1"), ifUnchanged: read }]);
        assertEquals(heldBy(store.snapshot(), "web"), ["203.0.113.1"]);
        await assertRejects(
          () => store.patch([{ ...assignment("web", "203.0.113.2"), ifUnchanged: read }]),
          ConflictError as ErrorConstructor,
        );
        assertEquals(heldBy(store.snapshot(), "web"), ["203.0.113.1"]);
      }),
  ],
  [
    "refuses what names a version that is not there, also for a gone object and for no change at all",
    (open) =>
      using(open, [web], async ({ store }) => {
        const { object } = assignment("web", "");
        const annotations = { [recordAnnotation]: null };
        const read = serviceNamed(store.snapshot(), "web").resourceVersion;
        await store.patch([{ object, annotations, ifUnchanged: read }]);
        assertEquals(serviceNamed(store.snapshot(), "web").resourceVersion, read);
        for (const name of ["web", "gone"]) {
          await assertRejects(
            () => store.patch([{ object: { ...object, name }, annotations, ifUnchanged: "0" }]),
            ConflictError as ErrorConstructor,
          );
        }
      }),
  ],
  [
    "tells of an object that must be gone and is not, and marks it",
    (open) =>
      using(open, [web], async ({ store }) => {
        const { object } = assignment("web", "");
        const annotations = { "porter.kubesphere.io/released": "203.0.113.1@7" };
        const before = serviceNamed(store.snapshot(), "web").resourceVersion;
        await assertRejects(
          () => store.patch([{ object, annotations, mustBeGone: true }]),
          ConflictError as ErrorConstructor,
        );
        const now = serviceNamed(store.snapshot(), "web");
        assert(now.resourceVersion !== before);
        assertEquals(now.annotations["porter.kubesphere.io/released"], "203.0.113.1@7");
        await store.patch([{ object: { ...object, name: "gone" }, annotations, mustBeGone: true }]);
      }),
  ],
  [
    "begins no later kind when a patch conflicts, and finishes its own",
    (open) =>
      using(open, [web, api, edge], async ({ store }) => {
        const object = { kind: "Eip", namespace: "", name: "edge" };
        await assertRejects(
          () =>
            store.patch([
              { ...assignment("web", "203.0.113.1"), ifUnchanged: "0" },
              assignment("api", "203.0.113.2"),
              { object, status: { usage: 7 } },
              assignment("web", "203.0.113.3"),
            ]),
          ConflictError as ErrorConstructor,
        );
        const now = store.snapshot();
        assertEquals([heldBy(now, "web"), heldBy(now, "api")], [[], ["203.0.113.2"]]);
        assertEquals(now.eips[0]?.status.usage, undefined);
      }),
  ],
  ["takes finalizers away, and leaves what others wrote", async (open) => {
    const finalizers = ["finalizer.lb.kubesphere.io/v1alpha1", "example.com/theirs"];
    const theirs = ["example.com/theirs"];
    const annotations = { "lb.kubesphere.io/v1alpha1": "porter" };
    const service = rawService("web", {
      metadata: { name: "web", namespace: "shop", annotations, finalizers },
    });
    const pool = { ...edge as Record<string, unknown>, metadata: { name: "edge", finalizers } };
    await using(open, [service, pool], async ({ store }) => {
      const both = (): readonly ObjectMeta[] => {
        const snapshot = store.snapshot();
        return [serviceNamed(snapshot, "web"), ...snapshot.eips];
      };
      const said = (finalizers: readonly string[]): readonly StatusPatch[] =>
        both().map(({ ref, resourceVersion }) => ({
          object: ref,
          finalizers,
          ifUnchanged: resourceVersion,
        }));
      try {
        await store.patch(said(theirs));
        assertEquals(both().map((each) => each.finalizers), [theirs, theirs]);
        const stale = said([]).map((each) => ({ ...each, ifUnchanged: "0" }));
        await assertRejects(() => store.patch(stale), ConflictError as ErrorConstructor);
        assertEquals(both().map((each) => each.finalizers), [theirs, theirs]);
      } finally {
        // Else the objects would stay for ever.
        await store.patch(said([]));
      }
      assertEquals(both().map((each) => each.finalizers), [[], []]);
    });
  }],
  ["records events without a word, whatever the object", (open) =>
    using(open, [], ({ store }) => {
      const object = { kind: "Service", namespace: "shop", name: "web" };
      store.record({ object, type: "Normal", reason: "AddressAssigned", message: "203.0.113.1" });
      return Promise.resolve();
    })],
  [
    "calls nobody back once it is closed",
    (open) =>
      using(open, [web], async ({ store, setObjects }) => {
        let calls = 0;
        store.subscribe(() => void calls++);
        const patched = store.patch([assignment("web", "203.0.113.1")]).catch(() => {});
        const closed = store.close();
        await Promise.all([patched, closed]);
        await setObjects([web, api]);
        await settle();
        assertEquals(calls, 0);
      }),
  ],
];

/** Long enough for a callback that should not come. */
function settle(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, 100));
}
