package dev.twinlog.internal.offsets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.OffsetHistory;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.Translation;
import dev.twinlog.spi.Translation.AtLeast;
import dev.twinlog.spi.Translation.Exact;
import dev.twinlog.spi.Translation.Pending;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Applies random changes to an offset map, and after each step compares the translation of every
 * offset with a plain table.
 */
final class OffsetMapsChaosTest {
  private static final TopicPartition SOURCE = new TopicPartition("orders", 0);
  private static final TopicPartition TARGET = new TopicPartition("eu.orders", 0);
  private static final Route ROUTE = new Route(SOURCE, TARGET);
  private static final int SEEDS = 40;
  private static final int STEPS = 30;

  @Test
  void whateverHappens_everyOffsetIsTranslatedExactly() {
    for (int seed = 0; seed < SEEDS; seed++) {
      run(seed, Long.MAX_VALUE);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 8_000})
  void withinABound_noAnswerIsBehindTheRightOne(long maxBytes) {
    for (int seed = 0; seed < SEEDS; seed++) {
      run(seed, maxBytes);
    }
  }

  private static void run(int seed, long maxBytes) {
    try {
      Life life = new Life(seed, maxBytes);
      for (int step = 0; step < STEPS; step++) {
        life.step();
      }
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError("seed " + seed + ", at most " + maxBytes + " bytes", e);
    }
  }

  /** One map, and the expected content of it. */
  private static final class Life {
    private final Random random;
    private final boolean bounded;
    private final long maxBytes;
    private final StoredChunks store = new StoredChunks();

    /** The expected target offset of each source record that has a copy. */
    private final TreeMap<Long, Long> copies = new TreeMap<>();

    private final TreeMap<Long, Long> originals = new TreeMap<>();
    private Progress saved;
    private OffsetMaps maps;
    private SourceMap map;
    private long checkpoint;
    private long targetEnd;
    private long logStart;
    private boolean targetKnown;

    Life(int seed, long maxBytes) {
      random = new Random(seed);
      this.maxBytes = maxBytes;
      bounded = maxBytes < Long.MAX_VALUE;
      checkpoint = random.nextInt(3) * 10L;
      saved = progress();
      maps = new OffsetMaps(maxBytes);
      map = maps.open(saved);
    }

    private Progress progress() {
      return new Progress(
          new SourcePartition(SOURCE, Optional.empty()),
          checkpoint,
          false,
          "",
          List.of(new RouteProgress(ROUTE, 0, targetKnown ? targetEnd : 0, new byte[0])));
    }

    void step() {
      int what = random.nextInt(100);
      if (what < 70) {
        int batches = 1 + random.nextInt(bounded ? 300 : 60);
        for (int i = 0; i < batches; i++) {
          copy();
        }
      } else if (what < 80) {
        save();
      } else if (what < 88) {
        crash();
      } else if (what < 92) {
        loseTail();
      } else if (what < 96) {
        trim();
      } else {
        targetEnd += 1; // a marker
        targetKnown |= !copies.isEmpty();
        reopen();
      }
      check();
    }

    private void copy() {
      long next = checkpoint;
      int runs = random.nextInt(4);
      for (int i = 0; i < runs; i++) {
        next += random.nextInt(3) == 0 ? 1 + random.nextInt(2) : 0;
        targetEnd += random.nextInt(8) == 0 ? 1 + random.nextInt(3) : 0;
        int count = 1 + random.nextInt(4);
        map.route(ROUTE).append(next, targetEnd, count);
        for (int k = 0; k < count; k++) {
          copies.put(next + k, targetEnd + k);
          originals.put(targetEnd + k, next + k);
        }
        next += count;
        targetEnd += count;
        targetKnown = true;
      }
      checkpoint = next + random.nextInt(2);
      map.checkpoint(checkpoint);
    }

    private void save() {
      saved = progress();
      List<MapChunk> chunks = maps.takeChanged();
      store.save(chunks);
      if (random.nextInt(3) == 0) {
        copy();
        store.save(maps.takeChanged()); // the map may be stored ahead of the progress
      }
    }

    /** Records beyond the saved progress are copied again, or found in the target. */
    private void crash() {
      if (store.all().isEmpty()) {
        save();
      }
      maps = OffsetMaps.load(maxBytes, store.all());
      checkpoint = saved.sourceNext();
      targetKnown = saved.routes().get(0).targetNext() > 0;
      copies.tailMap(checkpoint, true).clear();
      originals.values().removeIf(source -> source >= checkpoint);
      if (targetKnown) {
        targetEnd = Math.max(logStart, saved.routes().get(0).targetNext());
      }
      reopen();
      maps.trim(Map.of(TARGET, logStart));
    }

    private void reopen() {
      saved = progress();
      map = maps.open(saved);
      store.save(maps.takeChanged());
    }

    /** The target lost its tail, and the link continues without it, or copies it again. */
    private void loseTail() {
      if (!targetKnown || targetEnd == logStart) {
        return;
      }
      long survives = logStart + random.nextLong(targetEnd - logStart);
      Entry<Long, Long> lost = originals.ceilingEntry(survives);
      if (lost != null && random.nextBoolean()) {
        checkpoint = lost.getValue();
      }
      originals.tailMap(survives, true).clear();
      copies.values().removeIf(target -> target >= survives);
      targetEnd = survives;
      targetKnown = survives > 0;
      reopen();
    }

    private void trim() {
      if (targetEnd == logStart) {
        return;
      }
      logStart += random.nextLong(targetEnd - logStart + 1);
      originals.headMap(logStart, false).clear();
      copies.values().removeIf(target -> target < logStart);
      maps.trim(Map.of(TARGET, logStart));
    }

    private void check() {
      OffsetHistory history = maps.history();
      int stride = bounded ? 7 : 1;
      for (long c = 0; c <= checkpoint; c += stride) {
        Entry<Long, Long> first = copies.ceilingEntry(c);
        long right = first == null ? Math.max(targetEnd, logStart) : first.getValue();
        verify(history.toTarget(ROUTE, c), TARGET, right, "source", c);
      }
      assertThat(history.toTarget(ROUTE, checkpoint + 1)).isEqualTo(new Pending(checkpoint));
      for (long d = 0; d <= targetEnd; d += stride) {
        Entry<Long, Long> first = originals.ceilingEntry(d);
        verify(
            history.toSource(ROUTE, d),
            SOURCE,
            first == null ? checkpoint : first.getValue(),
            "target",
            d);
      }
    }

    private void verify(
        Translation found, TopicPartition partition, long right, String side, long offset) {
      boolean early =
          found instanceof AtLeast atLeast
              && atLeast.partition().equals(partition)
              && atLeast.offset() <= right;
      boolean fits =
          found.equals(new Exact(partition, right)) || (early && (bounded || !targetKnown));
      if (!fits) {
        throw new AssertionError(
            "%s %d is %d, but was translated to %s".formatted(side, offset, right, found));
      }
    }
  }
}
