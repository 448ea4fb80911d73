package dev.twinlog.internal.offsets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.internal.offsets.LogComparison.Entry;
import dev.twinlog.internal.offsets.LogComparison.Match;
import dev.twinlog.spi.OffsetHistory;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.Translation.Exact;
import dev.twinlog.spi.Translation.Pending;
import dev.twinlog.spi.Translation.Unavailable;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class LogComparisonTest {
  private static final TopicPartition SOURCE = new TopicPartition("orders", 0);
  private static final TopicPartition TARGET = new TopicPartition("eu.orders", 0);
  private static final Route ROUTE = new Route(SOURCE, TARGET);

  private final OffsetMaps maps = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
  private final OffsetHistory history = maps.history();

  /**
   * A log in which each letter is a record, equal letters are equal records, and a dot is a marker.
   */
  private static LogComparison.Log log(String records, long start) {
    Queue<Entry> entries = new ArrayDeque<>();
    for (int i = 0; i < records.length(); i++) {
      if (records.charAt(i) != '.') {
        entries.add(new Entry(start + i, records.charAt(i)));
      }
    }
    return new LogComparison.Log() {
      @Override
      public @Nullable Entry next() {
        return entries.poll();
      }

      @Override
      public long end() {
        return start + records.length();
      }
    };
  }

  private Optional<Match> match(String source, String target) {
    return match(source, 0, target, 0);
  }

  private Optional<Match> match(String source, long from, String target, long to) {
    return LogComparison.match(
        new SourcePartition(SOURCE, Optional.empty()),
        ROUTE,
        log(source, from),
        log(target, to),
        maps);
  }

  private static void assertGoesOn(Optional<Match> match, long sourceNext, long targetNext) {
    assertThat(match.orElseThrow().progress().sourceNext()).isEqualTo(sourceNext);
    assertThat(match.orElseThrow().progress().routes().get(0).targetNext()).isEqualTo(targetNext);
    assertThat(match.orElseThrow().progress().clean()).isFalse();
  }

  @Test
  void whatIsBehindTheCopy_isCopiedNext() {
    assertGoesOn(match("abc.de.fg", "abcd.e"), 7, 6);
    assertThat(history.toTarget(ROUTE, 4)).isEqualTo(new Exact(TARGET, 3));
    assertThat(history.toTarget(ROUTE, 5)).isEqualTo(new Exact(TARGET, 5));
    assertThat(history.toTarget(ROUTE, 7)).isEqualTo(new Exact(TARGET, 6));
    assertThat(history.toTarget(ROUTE, 8)).isEqualTo(new Pending(7));
    assertThat(history.toSource(ROUTE, 3)).isEqualTo(new Exact(SOURCE, 4));
  }

  @Test
  void aCompleteCopy_goesOnAtTheEnd_behindTheMarkers() {
    assertGoesOn(match("abc..", "abc"), 5, 3);
    assertThat(history.toTarget(ROUTE, 5)).isEqualTo(new Exact(TARGET, 3));
  }

  @Test
  void recordsOfOthers_arePassedOver() {
    Optional<Match> match = match("abcdef", "xabyyczdz");
    assertGoesOn(match, 4, 8);
    assertThat(match.orElseThrow().copied()).isEqualTo(4);
    assertThat(match.orElseThrow().foreign()).isEqualTo(4);
    assertThat(history.toTarget(ROUTE, 2)).isEqualTo(new Exact(TARGET, 5));
  }

  @Test
  void aLinkThatBeganLater_isFound() {
    assertGoesOn(match("abcdefgh", "efg"), 7, 3);
    assertThat(history.toTarget(ROUTE, 0)).isEqualTo(new Exact(TARGET, 0));
  }

  @Test
  void whatTheSourceHasDeleted_isUnavailable() {
    assertGoesOn(match("defg", 3, "abcdef", 0), 6, 6);
    assertThat(history.toTarget(ROUTE, 4)).isEqualTo(new Exact(TARGET, 4));
    assertThat(history.toTarget(ROUTE, 2)).isInstanceOf(Unavailable.class);
  }

  @Test
  void whatTheTargetHasDeleted_isWhereItBegins() {
    assertGoesOn(match("abcdef", 0, "def", 13), 6, 16);
    assertThat(history.toTarget(ROUTE, 1)).isEqualTo(new Exact(TARGET, 13));
  }

  @Test
  void equalRecords_areMatchedInOrder() {
    assertGoesOn(match("aaaabaaa", "aaaabaa"), 7, 7);
    assertThat(history.toTarget(ROUTE, 6)).isEqualTo(new Exact(TARGET, 6));
  }

  @Test
  void nothingInCommon_isNothingCopied() {
    assertThat(match("abc", "xyz")).isEmpty();
    assertThat(match("abc", "")).isEmpty();
    assertThat(match("", "xyz")).isEmpty();
  }

  @Test
  void aRecordThatIsMissingInTheTarget_isNamed() {
    assertThatThrownBy(() -> match("abcdef", "abde"))
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContaining("orders-0 -> eu.orders-0")
        .hasMessageContaining("source offset 2 is not in the target at offset 2")
        .hasMessageContaining("but the later record at source offset 3 is in the target");
  }
}
