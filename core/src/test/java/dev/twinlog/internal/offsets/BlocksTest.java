package dev.twinlog.internal.offsets;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class BlocksTest {
  private static final byte[] ONE = {1};

  @Test
  void floor_findsWhatAWalkFinds_howeverTheOffsetsAreSpread() {
    Random random = new Random(7);
    for (int round = 0; round < 300; round++) {
      int size = random.nextInt(200);
      int bits = 1 + random.nextInt(40);
      Blocks blocks = Blocks.NONE;
      long source = random.nextInt(5);
      long target = random.nextInt(5);
      for (int i = 0; i < size; i++) {
        blocks = blocks.with(source, target, ONE);
        source += 1 + (random.nextLong() >>> (63 - random.nextInt(bits)));
        target += random.nextLong() >>> (63 - random.nextInt(bits));
      }
      for (int i = 0; i < 100; i++) {
        Axis axis = random.nextBoolean() ? Axis.SOURCE : Axis.TARGET;
        long near = size == 0 ? 3 : blocks.first(axis, random.nextInt(size));
        long at = Math.max(0, near + random.nextInt(5) - 2);
        assertThat(blocks.floor(axis, at)).as("round %d", round).isEqualTo(walk(blocks, axis, at));
      }
    }
  }

  private static int walk(Blocks blocks, Axis axis, long at) {
    int found = -1;
    for (int i = 0; i < blocks.size() && blocks.first(axis, i) <= at; i++) {
      found = i;
    }
    return found;
  }

  @Test
  void coarsened_keepsTheBeginningOfEachChunk_andNeverMoreThanAllowed() {
    Blocks blocks = Blocks.NONE;
    for (int i = 0; i < 100; i++) {
      blocks = blocks.with(i * 10L, i * 7L, ONE);
    }
    Blocks few = blocks.coarsened(5, 256);
    assertThat(few.range()).isEqualTo(new Blocks.Range(65, 5, 40));
    assertThat(few.first(Axis.SOURCE, 1)).isEqualTo(80);
    assertThat(few.isUnmapped(4)).isTrue();
    assertThat(few.first(Axis.SOURCE, 5)).isEqualTo(400);
    assertThat(few.isUnmapped(5)).isFalse();
    Blocks fewer = few.coarsened(2, 4);
    assertThat(fewer.range()).isEqualTo(new Blocks.Range(48, 4, 56));
    assertThat(fewer.first(Axis.SOURCE, 1)).isEqualTo(160);
    assertThat(fewer.first(Axis.SOURCE, 3)).isEqualTo(480);
    assertThat(fewer.first(Axis.SOURCE, 4)).isEqualTo(560);
  }
}
