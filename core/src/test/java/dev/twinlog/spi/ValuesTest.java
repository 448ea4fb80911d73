package dev.twinlog.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

/** The small values of the SPI: what they refuse, copy and compare. */
final class ValuesTest {
  private static final Route ROUTE =
      new Route(new TopicPartition("orders", 1), new TopicPartition("us.orders", 2));

  @Test
  void startPositions() {
    assertThat(StartPosition.earliest()).isEqualTo(new StartPosition.Earliest());
    assertThat(StartPosition.latest()).isEqualTo(new StartPosition.Latest());
    assertThat(StartPosition.offset(0)).isEqualTo(new StartPosition.Offset(0));
    assertThat(StartPosition.timestamp(Instant.EPOCH))
        .isEqualTo(new StartPosition.Timestamp(Instant.EPOCH));
    assertThatThrownBy(() -> StartPosition.offset(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
    assertThatThrownBy(() -> StartPosition.timestamp(null))
        .isInstanceOf(NullPointerException.class);
  }

  @Test
  void anOffsetRunKnowsItsEnds_andRefusesNonsense() {
    OffsetRun run = new OffsetRun(10, 100, 5);
    assertThat(run.sourceNext()).isEqualTo(15);
    assertThat(run.targetNext()).isEqualTo(105);
    assertThatThrownBy(() -> new OffsetRun(-1, 0, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new OffsetRun(0, -1, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new OffsetRun(0, 0, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anAcknowledgementCopiesItsRuns() {
    List<OffsetRun> runs = new ArrayList<>(List.of(new OffsetRun(0, 0, 1)));
    WriteAck ack = WriteAck.of(runs);
    runs.clear();
    assertThat(ack.runs()).hasSize(1);
    assertThat(WriteAck.withoutOffsets().runs()).isEmpty();
  }

  @Test
  void statesAreComparedByContent() {
    assertThat(new RouteProgress(ROUTE, 1, 2, new byte[] {1}))
        .isEqualTo(new RouteProgress(ROUTE, 1, 2, new byte[] {1}))
        .hasSameHashCodeAs(new RouteProgress(ROUTE, 1, 2, new byte[] {1}))
        .isNotEqualTo(new RouteProgress(ROUTE, 1, 2, new byte[] {2}));
    assertThat(new Recovery.ResumeAt(1, new byte[] {1}))
        .isEqualTo(new Recovery.ResumeAt(1, new byte[] {1}))
        .hasSameHashCodeAs(new Recovery.ResumeAt(1, new byte[] {1}))
        .isNotEqualTo(new Recovery.ResumeAt(1, new byte[] {2}));
    assertThat(new Recovery.SkipRecords(1, List.of(), new byte[] {1}))
        .isEqualTo(new Recovery.SkipRecords(1, List.of(), new byte[] {1}))
        .hasSameHashCodeAs(new Recovery.SkipRecords(1, List.of(), new byte[] {1}))
        .isNotEqualTo(new Recovery.SkipRecords(1, List.of(), new byte[] {2}));
    assertThat(new Recovery.Lost(1, new byte[] {1}))
        .isEqualTo(new Recovery.Lost(1, new byte[] {1}))
        .hasSameHashCodeAs(new Recovery.Lost(1, new byte[] {1}))
        .isNotEqualTo(new Recovery.Lost(1, new byte[] {2}));
  }

  @Test
  void progressAndDescriptionsCopyWhatTheyAreGiven() {
    List<RouteProgress> routes = new ArrayList<>();
    SourcePartition source = new SourcePartition(ROUTE.source(), Optional.of(Uuid.ZERO_UUID));
    Progress progress = new Progress(source, 0, true, "", routes);
    routes.add(new RouteProgress(ROUTE, 0, 0, new byte[0]));
    assertThat(progress.routes()).isEmpty();

    Map<String, String> texts = new HashMap<>();
    LinkDescription link = new LinkDescription("link", "us", "eu", texts);
    TopicDescription topic = TopicDescription.of("orders", Optional.empty(), 3, 1, texts);
    texts.put("a", "b");
    assertThat(link.topics()).isEmpty();
    assertThat(topic.configs()).isEmpty();
    assertThat(topic.partitions()).isEqualTo(3);
    assertThat(topic.replicationFactor()).isEqualTo(1);
    assertThat(topic.id()).isEmpty();
  }

  @Test
  void aConfigurationExceptionListsEverything() {
    ConfigurationException e =
        new ConfigurationException("link us-to-eu", List.of("no source", "lanes was 0"));
    assertThat(e.problems()).containsExactly("no source", "lanes was 0");
    assertThat(e).hasMessageContainingAll("link us-to-eu", "no source", "lanes was 0");
  }

  @Test
  void whatToDoAboutAFaultIsItsType() {
    assertThat(new FencedException("x")).isInstanceOf(LinkFailedException.class);
    assertThat(new RetriableException("x"))
        .isInstanceOf(ReplicationException.class)
        .isNotInstanceOf(LinkFailedException.class);
    assertThat(new PartitionFailedException("x")).isNotInstanceOf(RetriableException.class);
  }

  @Test
  void partlyWritten_carriesTheReasonAndItsMessage() {
    RetriableException reason = new RetriableException("disk full");
    PartialWriteException partly =
        new PartialWriteException(reason, 2, 9, List.of(new OffsetRun(5, 50, 2)));
    assertThat(partly).hasMessage("disk full").hasCause(reason);
    assertThat(partly.reason()).isSameAs(reason);
    assertThat(new PartialWriteException(reason, 2, 9, List.of()).runs()).isEmpty();
  }

  @Test
  void partlyWritten_refusesWhatCannotBe() {
    RetriableException reason = new RetriableException("disk full");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PartialWriteException(reason, 0, 9, List.of()))
        .withMessageContaining("records was 0");
    List<OffsetRun> runs = List.of(new OffsetRun(5, 50, 2));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PartialWriteException(reason, 3, 9, runs))
        .withMessageContaining("3 records before source offset 9");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PartialWriteException(reason, 2, 6, runs));
    PartialWriteException partly = new PartialWriteException(reason, 2, 9, runs);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PartialWriteException(partly, 1, 9, List.of()));
  }
}
