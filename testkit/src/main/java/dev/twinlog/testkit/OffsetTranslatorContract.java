package dev.twinlog.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.twinlog.spi.OffsetHistory;
import dev.twinlog.spi.OffsetTranslator;
import dev.twinlog.spi.Translation;
import dev.twinlog.spi.Translation.AtLeast;
import dev.twinlog.spi.Translation.Exact;
import dev.twinlog.spi.Translation.Unavailable;
import dev.twinlog.testkit.internal.contract.SampleHistory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/**
 * A contract test for {@link OffsetTranslator}s, on the history of a link whose copies have the
 * offsets of their source records. Extend it, return the translator, and inherit the tests.
 */
public abstract class OffsetTranslatorContract {
  private static final int THREADS = 8;

  private final OffsetHistory history = new SampleHistory();

  /** The translator under test; an equal one at each call. */
  protected abstract OffsetTranslator translator();

  private static void assertNeverBehind(long right, TopicPartition partition, Translation found) {
    if (found instanceof Exact exact) {
      assertEquals(new Exact(partition, right), exact);
    } else if (found instanceof AtLeast early) {
      assertEquals(partition, early.partition());
      assertTrue(early.offset() <= right, () -> early + " is behind " + right);
    }
  }

  @Test
  void noAnswer_isBehindTheRightOne() {
    OffsetTranslator translator = translator();
    for (long offset = 0; offset <= SampleHistory.COPIED; offset++) {
      assertNeverBehind(
          offset,
          SampleHistory.target(0),
          translator.toTarget(SampleHistory.source(0), offset, history));
      assertNeverBehind(
          offset,
          SampleHistory.source(0),
          translator.toSource(SampleHistory.target(0), offset, history));
    }
  }

  @Test
  void whatIsNotCopied_hasNoExactAnswer() {
    for (long offset : new long[] {SampleHistory.COPIED + 1, 1L << 40, Long.MAX_VALUE}) {
      assertFalse(
          translator().toTarget(SampleHistory.source(0), offset, history) instanceof Exact,
          "of source offset " + offset);
      assertFalse(
          translator().toSource(SampleHistory.target(0), offset, history) instanceof Exact,
          "of target offset " + offset);
    }
  }

  @Test
  void laterPositions_haveNoEarlierAnswers() {
    OffsetTranslator translator = translator();
    assertAscending(at -> translator.toTarget(SampleHistory.source(0), at, history));
    assertAscending(at -> translator.toSource(SampleHistory.target(0), at, history));
  }

  private static void assertAscending(LongFunction<Translation> translate) {
    long last = 0;
    for (long offset = 0; offset <= SampleHistory.COPIED; offset++) {
      Translation found = translate.apply(offset);
      long at =
          found instanceof Exact exact
              ? exact.offset()
              : found instanceof AtLeast early ? early.offset() : last;
      long before = last;
      assertTrue(at >= before, () -> at + " follows " + before);
      last = at;
    }
  }

  @Test
  void aPartitionThatTheLinkDoesNotKnow_hasNoAnswer_andSaysWhy() {
    assertUnavailable(translator().toTarget(SampleHistory.source(9), 5, history));
    assertUnavailable(translator().toSource(SampleHistory.target(9), 5, history));
  }

  @Test
  void whereThereAreSeveralAnswers_noneIsChosen() {
    assertUnavailable(translator().toTarget(SampleHistory.source(1), 5, history));
    assertUnavailable(translator().toSource(SampleHistory.target(3), 5, history));
  }

  private static void assertUnavailable(Translation found) {
    assertTrue(
        found instanceof Unavailable none && !none.reason().isBlank(), () -> "answered " + found);
  }

  @Test
  void anAnswer_isNeverNull() {
    for (int partition = 0; partition < 5; partition++) {
      assertNotNull(translator().toTarget(SampleHistory.source(partition), 5, history));
      assertNotNull(translator().toSource(SampleHistory.target(partition), 5, history));
    }
  }

  @Test
  void manyThreads_getTheSameAnswers() throws Exception {
    OffsetTranslator translator = translator();
    List<Translation> expected = all(translator());
    ExecutorService executor = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<List<Translation>>> answers = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        answers.add(executor.submit(() -> all(translator)));
      }
      for (Future<List<Translation>> answer : answers) {
        assertEquals(expected, answer.get(30, TimeUnit.SECONDS));
      }
    } finally {
      executor.shutdownNow();
    }
  }

  private List<Translation> all(OffsetTranslator translator) {
    List<Translation> all = new ArrayList<>();
    for (long offset = 0; offset <= SampleHistory.COPIED + 10; offset++) {
      all.add(translator.toTarget(SampleHistory.source(0), offset, history));
      all.add(translator.toSource(SampleHistory.target(0), offset, history));
    }
    return all;
  }
}
