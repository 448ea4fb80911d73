package dev.twinlog.internal.kafka.wire.write;

import static dev.twinlog.internal.kafka.wire.write.WriterRig.route;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.WriteAck;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Tests what a route reports that can't continue: who answered what, or what it waits for. */
final class BrokerAnswersTest {
  private static final Route ROUTE = route(0, 0);
  private static final Route OTHER = route(1, 1);

  private final WriterRig rig = new WriterRig();

  @Test
  void anErrorThatIsRetried_isToldWithTheBrokerAndItsAddress() {
    for (Errors error : new Errors[] {Errors.NOT_ENOUGH_REPLICAS, Errors.KAFKA_STORAGE_ERROR}) {
      rig.told.clear();
      var unused = rig.open(ROUTE);
      CompletableFuture<WriteAck> stage = rig.write(ROUTE, 0, 10);
      rig.poll();
      rig.target.answer(FakeTarget.FIRST, partition -> error);
      assertThat(rig.told.get(ROUTE))
          .contains("first:1 (broker 0)", "eu-west", "answered " + error, "t-0");
      rig.settle();
      assertThat(stage).isCompleted();
    }
  }

  @Test
  void anErrorThatTheBrokerDoesNotExplain_isADoubtThatNamesIt() {
    var unused = rig.open(ROUTE);
    CompletableFuture<WriteAck> stage = rig.write(ROUTE, 0, 10);
    rig.poll();
    rig.target.answer(FakeTarget.FIRST, partition -> Errors.UNKNOWN_SERVER_ERROR);
    ReplicationException failure = WriterRig.failure(stage);
    assertThat(failure)
        .isInstanceOf(RetriableException.class)
        .hasMessageContainingAll(
            "reopening", "first:1 (broker 0)", "answered UNKNOWN_SERVER_ERROR");
  }

  @Test
  void aConnectionThatIsLost_isToldWithItsCause() {
    var unused = rig.open(ROUTE);
    CompletableFuture<WriteAck> stage = rig.write(ROUTE, 0, 10);
    rig.poll();
    var lost = rig.target.cut(FakeTarget.FIRST, 0);
    assertThat(lost).hasSize(1);
    assertThat(rig.told.get(ROUTE)).contains("its answer was lost: cut");
    rig.settle();
    assertThat(stage).isCompleted();
  }

  @Test
  void aBrokerThatCannotBeConnectedTo_isNamedToAllThatWaitForIt() {
    var unused = rig.open(ROUTE);
    var other = rig.open(OTHER);
    rig.target.kill(FakeTarget.FIRST);
    var waiting = rig.write(ROUTE, 0, 10);
    var second = rig.write(OTHER, 0, 10);
    rig.poll();
    pass(Duration.ofSeconds(2));
    assertThat(rig.told.get(ROUTE))
        .isEqualTo("first:1 (broker 0) does not accept connections (eu-west)");
    assertThat(rig.told).containsKey(OTHER);
    assertThat(waiting).isNotDone();
    assertThat(second).isNotDone();
    assertThat(other.records()).isEmpty();
  }

  @Test
  void aBrokerThatThrottles_isToldWithTheTimeThatIsLeft() {
    var unused = rig.open(ROUTE);
    rig.target.throttle(Duration.ofSeconds(60).toNanos());
    var waiting = rig.write(ROUTE, 0, 10);
    rig.poll();
    pass(Duration.ofSeconds(2));
    assertThat(rig.told.get(ROUTE))
        .contains("first:1 (broker 0) on eu-west throttles this client for 58", "throttle_time_ms");
    assertThat(waiting).isNotDone();
  }

  @Test
  void aBrokerThatIsSilent_isToldOnlyAfterAWhile() {
    var unused = rig.open(ROUTE);
    var waiting = rig.write(ROUTE, 0, 10);
    rig.poll();
    pass(Duration.ofMillis(1_500));
    assertThat(rig.told).isEmpty();
    pass(Duration.ofSeconds(2));
    assertThat(rig.told.get(ROUTE))
        .contains("first:1 (broker 0) on eu-west has not answered for 3 s", "1 requests");
    assertThat(waiting).isNotDone();
  }

  @Test
  void aPartitionWithoutALeader_isTold() {
    var unused = rig.open(ROUTE);
    rig.target.unlead(ROUTE.target());
    var waiting = rig.write(ROUTE, 0, 10);
    rig.poll();
    pass(Duration.ofSeconds(2));
    assertThat(rig.told.get(ROUTE)).isEqualTo("t-0 on eu-west has no leader");
    assertThat(waiting).isNotDone();
  }

  private void pass(Duration time) {
    rig.target.pass(time.toNanos());
    rig.poll();
  }
}
