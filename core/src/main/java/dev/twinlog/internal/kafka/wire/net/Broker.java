package dev.twinlog.internal.kafka.wire.net;

/**
 * Where a broker listens.
 *
 * @param id its node id; negative for an address out of {@code bootstrap.servers}
 */
public record Broker(int id, String host, int port) {
  @Override
  public String toString() {
    return "%s:%d%s".formatted(host, port, id < 0 ? "" : " (broker " + id + ")");
  }
}
