package dev.twinlog.internal.kafka.wire.write;

import static dev.twinlog.internal.kafka.wire.write.WriterRig.expected;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.route;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.values;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.WriteAck;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Tests routes whose broker is gone, while it is still named as their leader. */
final class DeadBrokerTest {
  private static final Route ROUTE = route(0, 0);
  private static final Route OTHER = route(1, 1);

  private final WriterRig rig = new WriterRig();
  private final FakePartition partition = rig.open(ROUTE);
  private final FakePartition second = rig.open(OTHER);

  @Test
  void whatWasUnderWay_goesToTheNextLeader() {
    CompletableFuture<WriteAck> stage = rig.write(ROUTE, 0, 10);
    rig.poll();
    rig.target.kill(FakeTarget.FIRST);
    rig.settle();
    assertThat(stage).isNotDone();
    rig.target.noticeTheDead();
    rig.settle();
    assertThat(stage).isCompleted();
    assertThat(values(partition)).isEqualTo(expected(0, 10));
  }

  @Test
  void whatIsWrittenAfterwards_goesToTheNextLeader() {
    rig.target.kill(FakeTarget.FIRST);
    CompletableFuture<WriteAck> one = rig.write(ROUTE, 0, 10);
    CompletableFuture<WriteAck> two = rig.write(OTHER, 0, 10);
    rig.settle();
    rig.target.noticeTheDead();
    rig.settle();
    assertThat(one).isCompleted();
    assertThat(two).isCompleted();
    assertThat(values(second)).isEqualTo(expected(0, 10));
  }

  @Test
  void aBrokerWithAnotherAddress_isGivenWhatWaitedForIt() {
    rig.target.kill(FakeTarget.FIRST);
    CompletableFuture<WriteAck> one = rig.write(ROUTE, 0, 10);
    CompletableFuture<WriteAck> two = rig.write(OTHER, 0, 10);
    rig.poll();
    rig.target.move(FakeTarget.FIRST, new Broker(FakeTarget.FIRST.id(), "elsewhere", 3));
    rig.settle();
    assertThat(one).isCompleted();
    assertThat(two).isCompleted();
  }
}
