# porter's image: the one executable, ip, ss and nft.
#
#     docker build -t registry.example/porter:0.1.0 . && docker push registry.example/porter:0.1.0
#
# Nobody publishes this image; build your own. Where porter was written no container engine runs, so
# this file itself has not been built yet: what it copies, and the build it runs, are tested
# (tests/manifests/dockerfile_test.ts). Tell us when it fails for you.

FROM denoland/deno:2.9.6 AS build
WORKDIR /porter
COPY deno.json deno.lock main.ts ./
COPY lib lib
COPY scripts scripts
# The build makes a bundle that needs deno where deno's runtime cannot be downloaded: not in an image.
RUN deno task build && head -c 4 porter | grep -q ELF

# The ip and nft of Debian 12 are those that porter is tested with.
FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends iproute2 nftables \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /porter/porter /usr/local/bin/porter
# The executable has the Deno permissions of all its commands baked in, and each command gives up what
# it does not need before it starts (lib/cli/permissions.ts). The mode is the first argument:
# manifests/30-manager.yaml and manifests/40-agent.yaml.
ENTRYPOINT ["/usr/local/bin/porter"]
CMD ["--help"]
