/**
 * A flag that would be ignored beside the others is refused by name, before anybody is asked.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { porter } from "../support/porter.ts";

const refused: readonly (readonly [args: string, says: string])[] = [
  ["plan /nowhere --delete", "--delete needs -f FILE"],
  ["plan /nowhere --manager 127.0.0.1:1", "--manager needs -f FILE"],
  [
    "plan /nowhere -f x.yaml --node node1",
    "--node says nothing of a change: leave it or -f away",
  ],
  [
    "plan /nowhere -f x.yaml --manager 127.0.0.1:1",
    "A change is planned beside a directory or beside --manager, not both",
  ],
  ["plan -f x.yaml --status-directory /s", "--status-directory needs a directory"],
  [
    "plan -f x.yaml --serve-classless",
    "--serve-classless needs a directory: a running manager knows it of itself",
  ],
  [
    "peers --directory /d --manager 127.0.0.1:1",
    "--directory and --manager do not go together: give one of them",
  ],
  ["routes --status-directory /s", "--status-directory needs --directory"],
  [
    "nodes --serve-classless",
    "--serve-classless needs --directory: a running manager knows it of itself",
  ],
  [
    "router-config --vendor frr --directory /d --manager 127.0.0.1:1",
    "--directory and --manager do not go together: give one of them",
  ],
  [
    "brake --directory /d --kubeconfig /k",
    "--directory and --kubeconfig do not go together: give one of them",
  ],
  [
    "brake --manager 127.0.0.1:1 --kubeconfig /k",
    "--kubeconfig and --manager do not go together: give one of them",
  ],
  ["drain node1 --context here", "--context needs --kubeconfig"],
  [
    "manager --directory /d --kubeconfig /k",
    "--directory and --kubeconfig do not go together: give one of them",
  ],
  ["agent --node n --status-directory /s", "--status-directory needs --directory"],
];

for (const [args, says] of refused) {
  Deno.test(`porter ${args} is refused`, async () => {
    const { code, stdout, stderr } = await porter(args.split(" "));
    assertEquals([code, stdout, stderr], [1, "", `porter: ${says}\n`]);
  });
}
