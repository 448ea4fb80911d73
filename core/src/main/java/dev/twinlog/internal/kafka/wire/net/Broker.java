package dev.twinlog.internal.kafka.wire.net;

/**
 * Where a broker listens.
 *
 * @param id its node id; negative for an address out of {@code bootstrap.servers}
 */
public record Broker(int id, String host, int port) {
  /** Whether it is known as a broker of the cluster, and not only as an address to begin with. */
  boolean isMember() {
    return id >= 0;
  }

  @Override
  public String toString() {
    return "%s:%d%s".formatted(host, port, isMember() ? " (broker " + id + ")" : "");
  }
}
