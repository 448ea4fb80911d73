package dev.twinlog.internal.engine.watch;

import static dev.twinlog.internal.engine.watch.MapTrimming.startsOfIntactLogs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.twinlog.spi.TopicSink;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.mockito.InOrder;

/** Which log starts of the target trim the offset map. */
final class MapTrimmingTest {
  private static final TopicPartition TARGET = new TopicPartition("orders", 0);
  private static final Map<TopicPartition, Long> COPIED = Map.of(TARGET, 20L);

  private final TopicSink sink = mock(TopicSink.class);

  private Map<TopicPartition, Long> startsOf(Map<TopicPartition, Long> ends, long start) {
    when(sink.startOffsets(Set.of(TARGET))).thenReturn(Map.of(TARGET, start));
    when(sink.endOffsets(Set.of(TARGET))).thenReturn(ends);
    return startsOfIntactLogs(sink, COPIED);
  }

  @Test
  void aLogThatHoldsTheCopiedRecords_countsWithItsStart() {
    assertThat(startsOf(Map.of(TARGET, 20L), 12)).containsExactly(Map.entry(TARGET, 12L));
  }

  @Test
  void aLogThatEndsBeforeTheCopiedRecords_doesNotCount_whereverItBegins() {
    assertThat(startsOf(Map.of(TARGET, 19L), 12)).isEmpty();
    assertThat(startsOf(Map.of(TARGET, 8L), 8)).isEmpty();
  }

  @Test
  void aLogWithoutAnEnd_doesNotCount() {
    assertThat(startsOf(Map.of(), 12)).isEmpty();
  }

  @Test
  void theEndIsRequestedAfterTheStart_sinceALossInBetweenMustShow() {
    startsOf(Map.of(TARGET, 20L), 12);
    InOrder order = inOrder(sink);
    order.verify(sink).startOffsets(any());
    order.verify(sink).endOffsets(any());
  }

  @Test
  void aLogFromWhichNothingWasDeleted_needsNoSecondRequest() {
    assertThat(startsOf(Map.of(TARGET, 20L), 0)).isEmpty();
    verify(sink, never()).endOffsets(any());
  }
}
