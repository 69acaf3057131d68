/**
 * A certificate authority of its own for each cluster, with openssl(1). Every certificate has
 * extensions and is thus of version 3: Deno's TLS refuses version 1.
 *
 * @module
 */

import { must } from "../lab/command.ts";

/** Files of one certificate and its key, PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** Who a client's certificate is for, in the words of Kubernetes. */
export interface User {
  readonly user: string;
  readonly groups?: readonly string[];
}

/** Makes certificates and keys in one folder. */
export class Authority {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the authority's own certificate in `folder`, which it makes too. */
  static async create(folder: string): Promise<Authority> {
    await Deno.mkdir(folder, { recursive: true });
    // Nothing of the machine's own openssl.cnf takes part.
    await Deno.writeTextFile(`${folder}/openssl.cnf`, "[req]\ndistinguished_name = name\n[name]\n");
    const authority = new Authority(folder);
    const extensions = ["basicConstraints=critical,CA:TRUE", "keyUsage=keyCertSign,cRLSign"];
    await authority.#make("ca", "/CN=porter test cluster", extensions, false);
    return authority;
  }

  /** The file of the authority's certificate, PEM. */
  get ca(): string {
    return `${this.#folder}/ca.crt`;
  }

  /** A server's certificate for these addresses and names. */
  server(
    name: string,
    addresses: readonly string[],
    names: readonly string[],
  ): Promise<Certificate> {
    const alternatives = [
      ...addresses.map((address) => `IP:${address}`),
      ...names.map((each) => `DNS:${each}`),
    ];
    return this.#make(name, `/CN=${name}`, [
      "extendedKeyUsage=serverAuth",
      `subjectAltName=${alternatives.join(",")}`,
    ]);
  }

  /** A client's certificate: the API server takes its CN for the user, each O for a group. */
  client(file: string, { user, groups = [] }: User): Promise<Certificate> {
    const subject = [...groups.map((group) => `/O=${group}`), `/CN=${user}`].join("");
    return this.#make(file, subject, ["extendedKeyUsage=clientAuth"]);
  }

  /** Keys to sign ServiceAccounts' tokens with. */
  async signer(): Promise<{ readonly key: string; readonly publicKey: string }> {
    const [key, publicKey] = [`${this.#folder}/sa.key`, `${this.#folder}/sa.pub`];
    await must(["openssl", "genrsa", "-out", key, "2048"]);
    await must(["openssl", "rsa", "-in", key, "-pubout", "-out", publicKey]);
    return { key, publicKey };
  }

  async #make(
    file: string,
    subject: string,
    extensions: readonly string[],
    signed = true,
  ): Promise<Certificate> {
    const [certificate, key] = [`${this.#folder}/${file}.crt`, `${this.#folder}/${file}.key`];
    const ca = ["-CA", this.ca, "-CAkey", `${this.#folder}/ca.key`];
    await must([
      ...["openssl", "req", "-x509", "-config", `${this.#folder}/openssl.cnf`, "-nodes"],
      ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-days", "30"],
      ...["-subj", subject, ...extensions.flatMap((extension) => ["-addext", extension])],
      ...(signed ? ca : []),
      ...["-keyout", key, "-out", certificate],
    ]);
    return { certificate, key };
  }
}
