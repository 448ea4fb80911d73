package dev.twinlog.testkit.drill;

import java.nio.charset.StandardCharsets;

/** The keys and values that a drill writes unless the user gives others. */
final class Values {
  private static final int KEYS = 1_000;

  private Values() {}

  /** One of a thousand keys. */
  static byte[] key(long id) {
    return ("key-" + id % KEYS).getBytes(StandardCharsets.UTF_8);
  }

  /** A line of text. */
  static byte[] value(long id) {
    return ("{\"drill\":%d,\"text\":\"a record that the failover drill has written\"}"
            .formatted(id))
        .getBytes(StandardCharsets.UTF_8);
  }
}
