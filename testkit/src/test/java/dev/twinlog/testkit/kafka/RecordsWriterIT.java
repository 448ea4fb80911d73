package dev.twinlog.testkit.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.WriteAck;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Tests the record path's writer on a real broker. */
final class RecordsWriterIT extends WriterCases {
  RecordsWriterIT() {
    super(DataPath.RECORDS);
  }

  @Test
  void abandonedRoute_ends_whileAnotherOneOfItsProducerIsStuck() {
    Route givenUp = null;
    CompletableFuture<WriteAck> first = CompletableFuture.completedFuture(null);
    CompletableFuture<WriteAck> second = first;
    // a leader may still accept writes for a moment after the deletion; then the next topic is
    // tried
    for (int i = 0; first.isDone() || second.isDone(); i++) {
      topics.create("given-up-" + i, 1, Map.of());
      topics.create("stuck-" + i, 1, Map.of());
      givenUp = route("given-up-" + i);
      Route other = route("stuck-" + i);
      drive(List.of(write(givenUp, batch(givenUp, 0, 10)), write(other, batch(other, 0, 10))));
      topics.delete("given-up-" + i, "stuck-" + i);
      first = write(givenUp, batch(givenUp, 10, 20));
      second = write(other, batch(other, 10, 20));
      writer().poll(Duration.ofMillis(200));
    }
    writer().abandon(givenUp);
    long begin = System.nanoTime();
    drive(List.of(first, second));
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(15));
    assertThat(failure(first)).isInstanceOf(RetriableException.class);
    assertThat(failure(second)).isInstanceOf(RetriableException.class);
  }
}
