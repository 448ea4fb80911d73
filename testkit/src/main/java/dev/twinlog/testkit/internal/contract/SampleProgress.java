package dev.twinlog.testkit.internal.contract;

import static org.junit.jupiter.api.Assertions.fail;

import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** Sample progress for the contract tests of stores, and a helper that waits for a save. */
public final class SampleProgress {
  private SampleProgress() {}

  /** The progress of a partition with one route. */
  public static Progress progress(int partition, long next, byte... state) {
    TopicPartition from = new TopicPartition("orders", partition);
    Route route = new Route(from, new TopicPartition("eu.orders", partition));
    return new Progress(
        new SourcePartition(from, Optional.of(new Uuid(7, 8))),
        next,
        false,
        "mapper=identity",
        List.of(new RouteProgress(route, next, next + 1, state)));
  }

  /** The result of a load after these were saved. */
  public static Map<SourcePartition, Progress> bySource(Progress... all) {
    Map<SourcePartition, Progress> map = new HashMap<>();
    Arrays.asList(all).forEach(each -> map.put(each.source(), each));
    return map;
  }

  /** Waits for a save; returns why it failed, or null. */
  public static @Nullable Throwable answer(CompletionStage<Void> save, Duration patience) {
    try {
      save.toCompletableFuture().get(patience.toNanos(), TimeUnit.NANOSECONDS);
      return null;
    } catch (ExecutionException | CompletionException e) {
      return e.getCause();
    } catch (TimeoutException e) {
      return fail("no answer to a save within " + patience);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return fail("interrupted");
    }
  }
}
