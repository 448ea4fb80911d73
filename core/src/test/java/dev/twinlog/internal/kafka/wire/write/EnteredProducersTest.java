package dev.twinlog.internal.kafka.wire.write;

import static dev.twinlog.internal.kafka.wire.write.WriterRig.route;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.spi.Route;
import dev.twinlog.spi.WriteAck;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Tests that nothing is written under a producer id that is not in the link's registry. */
final class EnteredProducersTest {
  private static final Route ROUTE = route(0, 0);

  private final WriterRig rig = new WriterRig();
  private final List<Long> entered = new ArrayList<>();
  private CompletableFuture<Void> entering = new CompletableFuture<>();

  private FakePartition open() {
    rig.entering =
        id -> {
          entered.add(id);
          return entering;
        };
    return rig.open(ROUTE);
  }

  @Test
  void aProducerId_isNotUsed_beforeItIsEntered() {
    FakePartition partition = open();
    CompletableFuture<WriteAck> written = rig.write(ROUTE, 0, 10);
    rig.settle();
    assertThat(entered).hasSize(1);
    assertThat(partition.appended()).isEmpty();
    entering.complete(null);
    rig.settle();
    assertThat(written).isCompleted();
    assertThat(entered).hasSize(1);
  }

  @Test
  void theSameId_isEnteredAgain_ifThatHasFailed() {
    FakePartition partition = open();
    CompletableFuture<WriteAck> written = rig.write(ROUTE, 0, 10);
    CompletableFuture<Void> failing = entering;
    entering = new CompletableFuture<>();
    failing.completeExceptionally(new IllegalStateException("no state topic"));
    rig.settle();
    assertThat(entered).hasSize(2).containsOnly(entered.get(0));
    assertThat(partition.appended()).isEmpty();
    entering.complete(null);
    rig.settle();
    assertThat(written).isCompleted();
  }

  @Test
  void aRegistryThatThrows_isAskedAgain() {
    FakePartition partition = open();
    rig.entering =
        id -> {
          throw new IllegalStateException("closed");
        };
    entering.completeExceptionally(new IllegalStateException("closed"));
    CompletableFuture<WriteAck> written = rig.write(ROUTE, 0, 10);
    rig.settle();
    assertThat(partition.appended()).isEmpty();
    rig.entering = id -> CompletableFuture.completedStage(null);
    rig.settle();
    assertThat(written).isCompleted();
  }
}
