package dev.twinlog.testkit.quickstart;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/**
 * Generates a web shop's records as JSON: mostly orders with their items and payments, sometimes a
 * customer who changes or, as a tombstone, is deleted. Not thread-safe.
 */
final class ShopRecords {
  private static final int CUSTOMERS = 20_000;
  private static final List<String> CITIES =
      List.of("Lisbon", "Zürich", "Kraków", "Gothenburg", "Lyon", "Boston", "Raleigh", "Albany");
  private static final List<String> GOODS =
      List.of("espresso beans", "bicycle bell", "wool blanket", "floor lamp", "pour-over kettle");
  private static final List<String> STATUS = List.of("PLACED", "PAID", "PACKED", "SHIPPED");
  private static final Header JSON =
      new RecordHeader("content-type", "application/json".getBytes(UTF_8));

  /** A record to produce; a null value is a tombstone. */
  record Sample(ShopTopic topic, String key, @Nullable String value, List<Header> headers) {
    /** The size of the headers in bytes. */
    int headerBytes() {
      return headers.stream().mapToInt(h -> h.key().length() + h.value().length).sum();
    }
  }

  private final SplittableRandom random;
  private final StringBuilder json = new StringBuilder(1024);
  private long lastOrder;

  ShopRecords(long seed) {
    this.random = new SplittableRandom(seed);
  }

  Sample next() {
    int dice = random.nextInt(10);
    if (dice < 6) {
      lastOrder++;
      return sample(ShopTopic.ORDERS, "order-" + lastOrder, order());
    }
    if (dice < 9) {
      return sample(ShopTopic.PAYMENTS, "order-" + Math.max(1, lastOrder), payment());
    }
    String customer = customer();
    boolean gone = random.nextInt(20) == 0;
    return sample(ShopTopic.CUSTOMERS, customer, gone ? null : profile(customer));
  }

  private Sample sample(ShopTopic topic, String key, @Nullable String value) {
    Header trace = new RecordHeader("trace-id", hex().getBytes(UTF_8));
    return new Sample(topic, key, value, value == null ? List.of(trace) : List.of(trace, JSON));
  }

  private String order() {
    json.setLength(0);
    json.append("{\"order\":\"order-").append(lastOrder);
    json.append("\",\"customer\":\"").append(customer());
    json.append("\",\"status\":\"").append(one(STATUS));
    json.append("\",\"currency\":\"EUR\",\"items\":[");
    int items = 2 + random.nextInt(6);
    for (int i = 0; i < items; i++) {
      json.append(i == 0 ? "{" : ",{");
      json.append("\"sku\":\"").append(hex(), 0, 8);
      json.append("\",\"name\":\"").append(one(GOODS));
      json.append("\",\"quantity\":").append(1 + random.nextInt(9));
      json.append(",\"price\":").append(price()).append('}');
    }
    json.append("],\"shipTo\":{\"street\":\"").append(1 + random.nextInt(200));
    json.append(" Harbour Road\",\"city\":\"").append(one(CITIES));
    json.append("\",\"postcode\":\"").append(10_000 + random.nextInt(90_000));
    return json.append("\"},\"note\":null,\"gift\":")
        .append(random.nextBoolean())
        .append('}')
        .toString();
  }

  private String payment() {
    json.setLength(0);
    json.append("{\"payment\":\"").append(hex());
    json.append("\",\"order\":\"order-").append(Math.max(1, lastOrder));
    json.append("\",\"method\":\"card\",\"card\":\"**** **** **** ");
    json.append(1000 + random.nextInt(9000));
    json.append("\",\"amount\":").append(price());
    json.append(",\"currency\":\"EUR\",\"authorization\":\"").append(hex()).append(hex());
    json.append("\",\"risk\":{\"score\":").append(random.nextInt(100));
    json.append(",\"rules\":[\"velocity\",\"country\",\"address\"]},\"merchant\":\"web-shop-eu\"");
    return json.append(",\"captured\":").append(random.nextBoolean()).append('}').toString();
  }

  private String profile(String customer) {
    json.setLength(0);
    json.append("{\"customer\":\"").append(customer);
    json.append("\",\"email\":\"").append(customer).append("@example.org\",\"city\":\"");
    json.append(one(CITIES)).append("\",\"points\":").append(random.nextInt(50_000));
    json.append(",\"session\":\"").append(hex()).append(hex());
    json.append("\",\"newsletter\":").append(random.nextBoolean());
    json.append(",\"addresses\":[{\"kind\":\"home\",\"street\":\"");
    json.append(1 + random.nextInt(200)).append(" Mill Lane\",\"city\":\"").append(one(CITIES));
    return json.append("\"}],\"language\":\"en\",\"currency\":\"EUR\"}").toString();
  }

  private String customer() {
    return "customer-" + random.nextInt(CUSTOMERS);
  }

  private String price() {
    int cents = random.nextInt(100);
    return random.nextInt(300) + (cents < 10 ? ".0" : ".") + cents;
  }

  private String hex() {
    return HexFormat.of().toHexDigits(random.nextLong());
  }

  private String one(List<String> words) {
    return words.get(random.nextInt(words.size()));
  }
}
