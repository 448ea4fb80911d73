package dev.twinlog.testkit.custom;

import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.WriteAck;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;

/**
 * Posts batches to a web server, a line a record, and has an answer when the server has answered.
 * It can't say what the server has after a crash, so the link is at-least-once.
 */
final class WebSink implements Sink {
  private final URI address;

  WebSink(URI address) {
    this.address = address;
  }

  @Override
  public SinkWriter openWriter(PluginContext context) {
    return new Writer();
  }

  private final class Writer implements SinkWriter {
    private final HttpClient client = HttpClient.newHttpClient();

    /** The last request of each route: the next one goes out when it was answered well. */
    private final Map<Route, CompletableFuture<WriteAck>> last = new HashMap<>();

    @Override
    public void open(Route route) {
      last.put(route, CompletableFuture.completedFuture(WriteAck.withoutOffsets()));
    }

    @Override
    public CompletionStage<WriteAck> write(Route route, ReplicationBatch batch) {
      return last.compute(
          route, (same, before) -> before.thenCompose(answer -> post(route, batch)));
    }

    @Override
    public void close() {
      CompletableFuture.allOf(last.values().toArray(CompletableFuture[]::new))
          .exceptionally(failed -> null)
          .join();
    }

    private CompletableFuture<WriteAck> post(Route route, ReplicationBatch batch) {
      String lines = batch.records().stream().map(WebSink::line).collect(Collectors.joining("\n"));
      HttpRequest request =
          HttpRequest.newBuilder(address.resolve("/" + route.target().partition()))
              .timeout(Duration.ofSeconds(5))
              .POST(HttpRequest.BodyPublishers.ofString(lines))
              .build();
      return client
          .sendAsync(request, HttpResponse.BodyHandlers.discarding())
          .thenApply(response -> acknowledgement(route, response.statusCode()));
    }
  }

  private static WriteAck acknowledgement(Route route, int status) {
    if (status >= 500) {
      throw new RetriableException(route + " was answered with status " + status);
    }
    if (status >= 300) {
      throw new PartitionFailedException(route + " was answered with status " + status);
    }
    return WriteAck.withoutOffsets();
  }

  private static String line(ReplicationRecord record) {
    return new String(record.value(), StandardCharsets.UTF_8);
  }
}
