/**
 * Who hears what: a BgpPeer may select Eips, Services and nodes by their labels. What all peers hear has
 * no list of names, so that nothing changes where nobody selects.
 *
 * @module
 */

import { hears, type Path } from "../bgp/model/mod.ts";
import {
  type BgpPeer,
  type Eip,
  type Node,
  type PeerExport,
  sameValue,
  selects,
  type Service,
} from "../objects/mod.ts";

type Labels = Readonly<Record<string, string>>;

interface Listener {
  readonly name: string;
  readonly selectors: Pick<PeerExport, "eipSelector" | "serviceSelector" | "nodeSelector">;
}

/** Says which peers do not hear, in at most so many names. */
export function deafText(names: readonly string[]): string {
  const shown = names.slice(0, mostNamed).join(", ");
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : "";
  return `not to ${shown}${more}: spec.export there does not select it`;
}

const mostNamed = 5;

/** Who hears of Services and of nodes. */
export class Audience {
  readonly #listeners: readonly Listener[];
  readonly #eipLabels: ReadonlyMap<string, Labels>;

  private constructor(listeners: readonly Listener[], eipLabels: ReadonlyMap<string, Labels>) {
    this.#listeners = listeners;
    this.#eipLabels = eipLabels;
  }

  /** The audience of these objects; `before` itself where it would be the same. */
  static of(peers: readonly BgpPeer[], eips: readonly Eip[], before?: Audience): Audience {
    const all = peers.map(({ ref, spec }): Listener => {
      const { eipSelector, serviceSelector, nodeSelector } = spec.export ?? {};
      return {
        name: ref.name,
        selectors: {
          ...(eipSelector && { eipSelector }),
          ...(serviceSelector && { serviceSelector }),
          ...(nodeSelector && { nodeSelector }),
        },
      };
    });
    const some = all.some(({ selectors }) => Object.keys(selectors).length > 0);
    const listeners = some ? all : [];
    const labelled = listeners.some(({ selectors }) => selectors.eipSelector !== undefined);
    const labels = new Map(labelled ? eips.map((eip) => [eip.ref.name, eip.labels]) : []);
    const same = before !== undefined && sameValue(before.#listeners, listeners) &&
      sameValue([...before.#eipLabels], [...labels]);
    return same ? before : new Audience(listeners, labels);
  }

  /** Whether any peer selects nodes. */
  get selectsNodes(): boolean {
    return this.#listeners.some(({ selectors }) => selectors.nodeSelector !== undefined);
  }

  /** Of these paths' peers those that none of them is for, in the order of names. */
  deafTo(paths: readonly Path[]): readonly string[] {
    return this.#listeners.map(({ name }) => name).filter((name) =>
      !paths.some(({ attributes }) => hears(attributes, name))
    );
  }

  /** Whether none of these paths is for any peer, although there are peers. */
  isDeafTo(paths: readonly Path[]): boolean {
    return this.#listeners.length > 0 && this.deafTo(paths).length === this.#listeners.length;
  }

  /** The peers that hear of a Service's address of the Eip, in the order of names; undefined: all. */
  ofService(service: Service, eip: string): readonly string[] | undefined {
    return this.#hearing(({ eipSelector, serviceSelector }) =>
      (eipSelector === undefined || selects(eipSelector, this.#eipLabels.get(eip) ?? {})) &&
      (serviceSelector === undefined || selects(serviceSelector, service.labels))
    );
  }

  /**
   * The peers that hear of the Eip's covering prefixes, in the order of names; undefined: all. Not those
   * that select Services: they would be led to Services that they do not select.
   */
  ofAggregates(eip: string): readonly string[] | undefined {
    return this.#hearing(({ eipSelector, serviceSelector }) =>
      serviceSelector === undefined &&
      (eipSelector === undefined || selects(eipSelector, this.#eipLabels.get(eip) ?? {}))
    );
  }

  /** Of the peers that select Services, and so hear of no covering prefix, those that hear of this one. */
  selecting(service: Service, eip: string): readonly string[] {
    const choosy = this.#listeners.filter(({ selectors }) =>
      selectors.serviceSelector !== undefined
    );
    if (choosy.length === 0) return none;
    const hearing = this.ofService(service, eip);
    return choosy.map(({ name }) => name).filter((name) => hearing?.includes(name) ?? true);
  }

  /** The peers that hear of a node as next hop, in the order of names; undefined: all. */
  ofNode({ labels }: Node): readonly string[] | undefined {
    return this.#hearing(({ nodeSelector }) =>
      nodeSelector === undefined || selects(nodeSelector, labels)
    );
  }

  #hearing(hears: (selectors: Listener["selectors"]) => boolean): readonly string[] | undefined {
    if (this.#listeners.length === 0) return undefined;
    const names = this.#listeners.filter((each) => hears(each.selectors)).map(({ name }) => name);
    return names.length === this.#listeners.length ? undefined : names;
  }
}

const none: readonly never[] = [];
