package dev.twinlog.internal.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The bytes of a stored form as a version of Twinlog writes it, kept under {@code stored/} in the
 * test resources: hexadecimal, with blanks anywhere and comments after {@code #}. Such a file never
 * changes. A form that gets a new field gets a file in the folder of the next version, and the old
 * file is still read.
 */
@SuppressWarnings("ArrayRecordComponent") // a holder; never compared
public record GoldenFile(String name, byte[] bytes) {

  /** Reads a file of the test resources, for example {@code 0.1/progress}. */
  public static GoldenFile of(String name) {
    String resource = "/stored/" + name + ".hex";
    try (InputStream in = GoldenFile.class.getResourceAsStream(resource)) {
      assertThat(in).as(resource).isNotNull();
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return new GoldenFile(
          name, HexFormat.of().parseHex(text.replaceAll("#.*", "").replaceAll("\\s", "")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Asserts that these bytes are equal to the file's. */
  public void isWritten(byte[] now) {
    assertThat(HexFormat.of().formatHex(now))
        .as("the bytes written now, compared with stored/%s.hex", name)
        .isEqualTo(HexFormat.of().formatHex(bytes));
  }

  /**
   * The bytes as a newer version may write them, with unknown fields at the end; only for the
   * newest file of a form.
   */
  public byte[] grown() {
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 5);
    Arrays.fill(longer, bytes.length, longer.length, (byte) 0x2a);
    return longer;
  }

  /** The bytes of a form that needs Twinlog 7.3 or newer, with its version byte at {@code at}. */
  public byte[] raised(int at) {
    byte[] other = Arrays.copyOf(bytes, at + 5);
    other[at] = 2;
    other[at + 1] = 3;
    System.arraycopy("7.3".getBytes(StandardCharsets.US_ASCII), 0, other, at + 2, 3);
    return other;
  }
}
