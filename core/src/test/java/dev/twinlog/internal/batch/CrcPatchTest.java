package dev.twinlog.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CrcPatchTest {
  private static final int HEADER = 40;

  private final Random random = new Random(5);

  @ParameterizedTest
  @ValueSource(
      ints = {
        0,
        1,
        2,
        3,
        7,
        8,
        9,
        255,
        256,
        257,
        65_535,
        65_536,
        1_000_003,
        16_777_215,
        16_777_216,
        33_554_433
      })
  void thePatchIsWhatComputingGives(int rest) {
    check(rest, 1);
  }

  @Test
  void thePatchIsWhatComputingGives_forManySizes() {
    for (int i = 0; i < 2_000; i++) {
      check(random.nextInt(5_000), random.nextInt(HEADER) + 1);
    }
  }

  @Test
  void zerosAreTakenTogetherOrOneByOne() {
    for (int zeros : new int[] {1 << 24, (1 << 24) + 70_000, Integer.MAX_VALUE - 61}) {
      int register = random.nextInt();
      int half = zeros / 2;
      assertThat(CrcPatch.shifted(CrcPatch.shifted(register, half), zeros - half))
          .isEqualTo(CrcPatch.shifted(register, zeros));
    }
  }

  @Test
  void whereNothingChanged_theOldOneStays() {
    ByteBuffer bytes = ByteBuffer.allocate(HEADER);
    assertThat(CrcPatch.patched(0x12345678, bytes, 0, bytes, 0, HEADER, 1_000))
        .isEqualTo(0x12345678);
  }

  private void check(int rest, int changes) {
    byte[] old = new byte[HEADER + rest];
    random.nextBytes(old);
    byte[] changed = old.clone();
    for (int i = 0; i < changes; i++) {
      changed[random.nextInt(HEADER)] = (byte) random.nextInt();
    }
    int patched =
        CrcPatch.patched(
            crc(old), ByteBuffer.wrap(old), 0, ByteBuffer.wrap(changed), 0, HEADER, rest);
    assertThat(patched).as("with %d bytes behind", rest).isEqualTo(crc(changed));
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
