package dev.twinlog.testkit.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.spi.ReplicationRecord;
import java.util.regex.Pattern;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** Tests which parts of a value are masked. */
final class MaskingTransformTest {
  private static final Pattern EMAIL = Pattern.compile("\"(?:email|iban)\"\\s*:\\s*\"([^\"]*)\"");

  private final MaskingTransform masking = new MaskingTransform(EMAIL, "key".getBytes(UTF_8));

  private static ReplicationRecord record(byte[] value) {
    return ReplicationRecord.of(7, 9, new byte[] {1}, value, new RecordHeaders());
  }

  private static String mask(MaskingTransform masking, String value) {
    return new String(masking.apply(record(value.getBytes(UTF_8))).orElseThrow().value(), UTF_8);
  }

  @Test
  void theGroupOfEveryMatch_isMasked_andTheRestStays() {
    String masked =
        mask(masking, "{\"ü\":\"1\",\"email\": \"a@b\",\"iban\":\"DE1\",\"z\":\"DE1\"}");
    assertThat(masked)
        .matches(
            "\\{\"ü\":\"1\",\"email\": \"[0-9a-f]{16}\",\"iban\":\"[0-9a-f]{16}\",\"z\":\"DE1\"}");
  }

  @Test
  void theSameText_getsTheSameMask_andAnotherTextOrKeyAnotherOne() {
    String value = "{\"email\":\"a@b\"}";
    MaskingTransform same = new MaskingTransform(EMAIL, "key".getBytes(UTF_8));
    MaskingTransform otherKey = new MaskingTransform(EMAIL, "other".getBytes(UTF_8));
    assertThat(mask(masking, value)).isEqualTo(mask(same, value));
    assertThat(mask(masking, value)).isNotEqualTo(mask(masking, "{\"email\":\"a@c\"}"));
    assertThat(mask(masking, value)).isNotEqualTo(mask(otherKey, value));
  }

  @Test
  void withoutAGroup_theWholeMatchIsMasked() {
    MaskingTransform digits = new MaskingTransform(Pattern.compile("\\d{4,}"), new byte[] {1});
    assertThat(mask(digits, "card 12345 of 2")).matches("card [0-9a-f]{16} of 2");
  }

  @Test
  void whatHasNoMatch_passesAsItIs() {
    ReplicationRecord tombstone = record(null);
    ReplicationRecord binary = record(new byte[] {(byte) 0xff, 0, (byte) 0x80});
    assertThat(masking.apply(tombstone)).containsSame(tombstone);
    assertThat(masking.apply(binary)).containsSame(binary);
  }

  @Test
  void version_changesWithThePatternItsFlagsAndTheKey() {
    assertThat(masking.version())
        .isEqualTo(new MaskingTransform(EMAIL, "key".getBytes(UTF_8)).version())
        .isNotEqualTo(new MaskingTransform(EMAIL, "other".getBytes(UTF_8)).version())
        .isNotEqualTo(new MaskingTransform(Pattern.compile("x"), "key".getBytes(UTF_8)).version())
        .isNotEqualTo(
            new MaskingTransform(
                    Pattern.compile(EMAIL.pattern(), Pattern.CASE_INSENSITIVE),
                    "key".getBytes(UTF_8))
                .version());
  }
}
