package dev.twinlog.internal.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.LinkFailedException;
import java.util.Arrays;
import java.util.function.Function;

/** The damaged inputs that every stored form must refuse. */
final class CodecCases {
  private CodecCases() {}

  static void refusesEveryTruncation(byte[] whole, Function<byte[], ?> decode) {
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> decode.apply(cut))
          .as("truncated to %d of %d bytes", length, whole.length)
          .isInstanceOf(LinkFailedException.class)
          .hasMessageContaining("is damaged");
    }
  }

  static void skipsTrailingBytes(byte[] whole, Function<byte[], ?> decode) {
    byte[] grown = Arrays.copyOf(whole, whole.length + 2);
    assertThat(decode.apply(grown)).isEqualTo(decode.apply(whole));
  }

  static void refusesOtherVersions(byte[] whole, Function<byte[], ?> decode) {
    assertThat(whole[0]).isEqualTo((byte) 1);
    for (int version : new int[] {0, 2, 200}) {
      byte[] other = whole.clone();
      other[0] = (byte) version;
      assertThatThrownBy(() -> decode.apply(other))
          .isInstanceOf(LinkFailedException.class)
          .hasMessageContaining("format version " + version);
    }
  }

  /** With one damaged byte the result is a value or a clear refusal. */
  static void meetsEveryDamagedByte(byte[] whole, Function<byte[], ?> decode) {
    for (int at = 0; at < whole.length; at++) {
      for (int flip : new int[] {0x01, 0x80, 0xff}) {
        byte[] damaged = whole.clone();
        damaged[at] ^= (byte) flip;
        try {
          assertThat(decode.apply(damaged)).isNotNull();
        } catch (LinkFailedException e) {
          assertThat(e).hasMessageStartingWith("stored ");
        }
      }
    }
  }
}
