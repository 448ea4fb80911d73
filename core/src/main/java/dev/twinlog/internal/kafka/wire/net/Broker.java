package dev.twinlog.internal.kafka.wire.net;

/**
 * The address of a broker.
 *
 * @param id its node id; negative for an address of {@code bootstrap.servers}
 */
public record Broker(int id, String host, int port) {
  /** Whether this is a broker from metadata, and not only a bootstrap address. */
  boolean isMember() {
    return id >= 0;
  }

  @Override
  public String toString() {
    return "%s:%d%s".formatted(host, port, isMember() ? " (broker " + id + ")" : "");
  }
}
