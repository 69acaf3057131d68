/**
 * A node's workload: answers every HTTP request with the node's name, or for /client with the address
 * the request came from. In a cluster kube-proxy would take the packet to a pod; porter does not
 * forward, so the node answers itself.
 *
 *     deno run --allow-net web_server.ts NAME PORT...
 *
 * @module
 */

const [name = "", ...ports] = Deno.args;

for (const port of ports) {
  Deno.serve({
    // Both families: `::` takes IPv4 too.
    hostname: "::",
    port: Number(port),
    onListen: ({ port }) => Deno.stdout.writeSync(new TextEncoder().encode(`serving ${port}\n`)),
  }, (request, { remoteAddr }) => {
    // An IPv4 client of a listener for both families is shown as ::ffff:ADDRESS.
    const client = remoteAddr.hostname.replace(/^::ffff:/, "");
    const text = new URL(request.url).pathname === "/client" ? client : name;
    return new Response(text, { headers: { connection: "close" } });
  });
}
