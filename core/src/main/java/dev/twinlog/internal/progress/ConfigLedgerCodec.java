package dev.twinlog.internal.progress;

import dev.twinlog.spi.LinkFailedException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Encodes and decodes the stored form of the configs that a link has set on one resource. Version
 * 1, texts UTF-8 after a 32-bit length, sorted by name:
 *
 * <pre>
 * version 1 byte | count 4 | per config: name | value
 * </pre>
 *
 * <p>Thread-safe.
 */
public final class ConfigLedgerCodec {
  private static final int VERSION = 1;

  private ConfigLedgerCodec() {}

  public static byte[] encode(Map<String, String> configs) {
    FieldWriter out = new FieldWriter(VERSION).int32(configs.size());
    new TreeMap<>(configs).forEach((name, value) -> out.string(name).string(value));
    return out.toByteArray();
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws LinkFailedException if the version is unknown or the bytes are damaged
   */
  public static Map<String, String> decode(byte[] stored) {
    return FieldReader.read(
        "ledger of configs",
        stored,
        VERSION,
        in -> {
          Map<String, String> configs = new HashMap<>();
          for (int left = in.count(2 * Integer.BYTES); left > 0; left--) {
            configs.put(in.string(), in.string());
          }
          return configs;
        });
  }
}
