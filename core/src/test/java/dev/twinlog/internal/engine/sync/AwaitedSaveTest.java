package dev.twinlog.internal.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Tests what becomes of the failures of an awaited save. */
final class AwaitedSaveTest {

  private static void await(CompletionStage<Void> save) {
    AwaitedSave.await(save, "the ledger", Duration.ofMillis(1));
  }

  @Test
  void aSaveThatSucceeds_returns() {
    assertThatCode(() -> await(CompletableFuture.completedStage(null))).doesNotThrowAnyException();
  }

  @Test
  void whatTheStoreThrows_isThrownAsItIs_alsoFromADependentStage() {
    for (ReplicationException thrown :
        new ReplicationException[] {
          new FencedException("another instance"),
          new PartitionFailedException("refused"),
          new RetriableException("no answer")
        }) {
      CompletionStage<Void> failed = CompletableFuture.failedStage(thrown);
      assertThatThrownBy(() -> await(failed)).isSameAs(thrown);
      CompletionStage<Void> dependent = failed.thenRun(() -> {});
      assertThatThrownBy(() -> await(dependent)).isSameAs(thrown);
    }
  }

  @Test
  void anUnknownFailure_isRetried() {
    IllegalStateException thrown = new IllegalStateException("no disk");
    assertThatThrownBy(() -> await(CompletableFuture.failedStage(thrown)))
        .isInstanceOf(RetriableException.class)
        .hasMessageContaining("no disk")
        .hasCause(thrown);
  }

  @Test
  void aSaveWithoutAnAnswer_isRetried() {
    assertThatThrownBy(() -> await(new CompletableFuture<>()))
        .isInstanceOf(RetriableException.class)
        .hasMessage("the ledger could not be saved within 1 ms");
  }

  @Test
  void anInterrupt_isRetried_andNotLost() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> await(new CompletableFuture<>()))
        .isInstanceOf(RetriableException.class)
        .hasMessage("saving the ledger was interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }
}
