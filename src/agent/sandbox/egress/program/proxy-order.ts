/** What the agent tells the proxy. */
export interface ProxyOrder {
  readonly socketPath: string;
  /** `host:port` in lower case. */
  readonly allow: readonly string[];
  /** `address/prefix` of the networks that the host itself is in. */
  readonly ownNetworks: readonly string[];
  readonly maxUploadBytes: number;
  readonly maxDownloadBytes: number;
}
