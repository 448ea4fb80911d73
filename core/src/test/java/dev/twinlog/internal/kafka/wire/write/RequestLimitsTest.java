package dev.twinlog.internal.kafka.wire.write;

import static dev.twinlog.internal.kafka.wire.write.WriterRig.expected;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.route;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.values;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.WriteAck;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** Tests brokers that close the connection on large requests. */
final class RequestLimitsTest {
  private static final Broker BROKER = FakeTarget.FIRST;
  private static final int MOST = 1 << 20;
  private static final int TAKES = 40_000;

  private final RequestLimits limits = new RequestLimits(MOST);

  @Test
  void aLimitIsHalved_whenConnectionsAreClosedTwiceUnderLargeRequests() {
    limits.answered(BROKER, 1_000);
    limits.lost(BROKER, 500_000, false, 0);
    limits.lost(BROKER, 800_000, true, 0);
    assertThat(limits.of(BROKER, 0)).isEqualTo(MOST);
    limits.lost(BROKER, 800_000, true, 0);
    assertThat(limits.of(BROKER, 0)).isEqualTo(400_000);
    limits.lost(BROKER, 400_000, true, 0);
    assertThat(limits.of(BROKER, 0)).isEqualTo(200_000);
    assertThat(limits.of(FakeTarget.SECOND, 0)).isEqualTo(MOST);
  }

  @Test
  void aLimitStays_whereTheBrokerHasAnsweredSuchRequests() {
    limits.answered(BROKER, 800_000);
    for (int i = 0; i < 5; i++) {
      limits.lost(BROKER, 800_000, true, 0);
    }
    assertThat(limits.of(BROKER, 0)).isEqualTo(MOST);
    limits.lost(BROKER, 900_000, true, 0);
    limits.lost(BROKER, 900_000, true, 0);
    assertThat(limits.of(BROKER, 0)).isEqualTo(800_000);
  }

  @Test
  void aLimitIsForgottenAfterAWhile_andNeverTiny() {
    for (int i = 0; i < 20; i++) {
      limits.lost(BROKER, 800_000, true, 0);
    }
    assertThat(limits.of(BROKER, 0)).isEqualTo(RequestLimits.LEAST);
    assertThat(limits.of(BROKER, Duration.ofMinutes(11).toNanos())).isEqualTo(MOST);
  }

  @Test
  void manyRoutes_andBatchesThatAreTooLarge_arriveInSmallRequests() {
    WriterRig rig = new WriterRig(Optional.empty(), MOST);
    List<FakePartition> partitions = new ArrayList<>();
    List<CompletableFuture<WriteAck>> stages = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      partitions.add(rig.open(route(i, i)));
    }
    for (int i = 0; i < 4; i++) {
      Route route = route(i, i);
      // about 60 KB: more than the broker accepts in one request
      stages.add(
          rig.write(
              route,
              ReplicationBatch.ofEncoded(
                  route.source(), WriterRig.bytes(WriterRig.records(0, 3_000), Compression.NONE))));
    }
    exchange(rig, TAKES);
    assertThat(stages).allSatisfy(stage -> assertThat(stage).isCompleted());
    assertThat(partitions).allSatisfy(one -> assertThat(values(one)).isEqualTo(expected(0, 3_000)));
    assertThat(rig.told.values())
        .allSatisfy(why -> assertThat(why).contains("socket.request.max.bytes"));
  }

  @Test
  void aRecordThatIsLargerThanTheBrokerTakes_arrives_onceItsLimitIsRaisedAsAdvised() {
    WriterRig rig = new WriterRig(Optional.empty(), MOST);
    Route route = route(0, 0);
    FakePartition partition = rig.open(route);
    ReplicationRecord large =
        ReplicationRecord.of(
            0, WriterRig.TIMESTAMP, null, new byte[2 * TAKES], new RecordHeaders());
    CompletableFuture<WriteAck> stage =
        rig.write(
            route,
            ReplicationBatch.ofEncoded(
                route.source(), WriterRig.bytes(List.of(large), Compression.NONE)));
    exchange(rig, TAKES);
    assertThat(stage).isNotDone();
    assertThat(rig.told.get(route))
        .contains("its socket.request.max.bytes is lower than that; raise it");
    exchange(rig, 3 * TAKES);
    assertThat(stage).isCompleted();
    assertThat(partition.records()).hasSize(1);
  }

  /** Lets time pass on a broker that accepts requests of so many bytes. */
  private static void exchange(WriterRig rig, int takes) {
    for (int i = 0; i < 400; i++) {
      rig.writer.poll(Duration.ofMillis(10));
      while (!rig.target.requests(BROKER).isEmpty() && rig.target.answerOrClose(BROKER, takes)) {
        // until it meets one that is too large
      }
    }
  }
}
