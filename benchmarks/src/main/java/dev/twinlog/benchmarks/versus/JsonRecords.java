package dev.twinlog.benchmarks.versus;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/**
 * Generates record values as services write them: a JSON object with ids, amounts, words and
 * enumerations, truncated to the requested length. In batches of 128 KB lz4 makes them three to
 * four times smaller. The values are the same in every run.
 */
final class JsonRecords {
  private static final String[] WORDS = {
    "amber", "basket", "candle", "delta", "ember", "forest", "garnet", "harbor", "island", "jasper",
    "kettle", "lantern", "meadow", "nectar", "orchard", "pepper", "quartz", "ribbon", "saffron",
    "timber", "umbra", "velvet", "willow", "yonder", "zephyr"
  };
  private static final String[] STATES = {"PLACED", "PAID", "PACKED", "SHIPPED", "RETURNED"};

  private final Random random = new Random(42);

  /** Generates values of exactly that length. */
  byte[][] values(int count, int bytes) {
    byte[][] values = new byte[count][];
    for (int i = 0; i < count; i++) {
      values[i] = value(bytes);
    }
    return values;
  }

  private byte[] value(int bytes) {
    StringBuilder json = new StringBuilder(bytes + 256);
    json.append("{\"orderId\":\"")
        .append(id())
        .append("\",\"customer\":{\"id\":")
        .append(number(10_000_000));
    json.append(",\"region\":\"").append(word()).append("\"},\"items\":[");
    while (json.length() < bytes) {
      json.append("{\"sku\":\"")
          .append(id())
          .append("\",\"title\":\"")
          .append(word())
          .append(' ')
          .append(word());
      json.append("\",\"quantity\":").append(1 + number(9));
      json.append(",\"priceCents\":").append(number(100_000));
      json.append(",\"currency\":\"EUR\",\"state\":\"").append(STATES[number(STATES.length)]);
      json.append("\",\"updatedAt\":\"2026-11-")
          .append(10 + number(20))
          .append("T12:")
          .append(10 + number(50))
          .append(":00Z\"},");
    }
    json.setLength(bytes);
    return json.toString().getBytes(StandardCharsets.US_ASCII);
  }

  private String id() {
    return Long.toHexString(random.nextLong());
  }

  private String word() {
    return WORDS[number(WORDS.length)];
  }

  private int number(int bound) {
    return random.nextInt(bound);
  }
}
