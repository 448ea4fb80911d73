package dev.twinlog.testkit.examples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twinlog.spi.RecordTransform;
import dev.twinlog.spi.ReplicationRecord;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A transform that masks the matches of a pattern in values: its first group if it has one, else
 * the whole match. The mask is a keyed digest (HMAC-SHA-256) of the text, so the same text always
 * gets the same mask, and rows can still be joined on it.
 *
 * <p>A pattern for fields of JSON objects: {@code "(?:email|iban)"\s*:\s*"([^"]*)"}. Values are
 * matched byte by byte (as ISO 8859-1), so all other bytes stay unchanged; patterns should have
 * ASCII characters only. Keys, headers and tombstones are not changed.
 */
final class MaskingTransform implements RecordTransform {
  private static final int DIGITS = 16;

  private final Pattern pattern;
  private final SecretKeySpec key;

  MaskingTransform(Pattern pattern, byte[] key) {
    this.pattern = pattern;
    this.key = new SecretKeySpec(key, "HmacSHA256");
  }

  @Override
  public Optional<ReplicationRecord> apply(ReplicationRecord record) {
    byte[] value = record.value();
    if (value == null) {
      return Optional.of(record);
    }
    String text = new String(value, ISO_8859_1);
    Matcher matcher = pattern.matcher(text);
    StringBuilder masked = new StringBuilder();
    int copied = 0;
    while (matcher.find()) {
      int group = matcher.groupCount() == 0 ? 0 : 1;
      if (matcher.start(group) >= 0) {
        masked.append(text, copied, matcher.start(group)).append(mask(matcher.group(group)));
        copied = matcher.end(group);
      }
    }
    if (masked.isEmpty()) {
      return Optional.of(record);
    }
    masked.append(text, copied, text.length());
    return Optional.of(record.replacingValue(masked.toString().getBytes(ISO_8859_1)));
  }

  /** Changes with the pattern and the key, and does not reveal the key. */
  @Override
  public String version() {
    return "masking-1-" + digest((pattern.flags() + ":" + pattern.pattern()).getBytes(UTF_8));
  }

  private String mask(String text) {
    return digest(text.getBytes(ISO_8859_1));
  }

  /** Makes a {@link Mac} for each call, since lanes share the transform and a Mac has a state. */
  private String digest(byte[] bytes) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      return HexFormat.of().formatHex(mac.doFinal(bytes)).substring(0, DIGITS);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }
}
