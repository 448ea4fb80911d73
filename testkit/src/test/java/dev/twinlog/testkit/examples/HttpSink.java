package dev.twinlog.testkit.examples;

import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.RawHeader;
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
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.common.header.Header;

/**
 * Posts records to a web server as lines of JSON, each at least once: to {@code
 * <address>/<topic>/<partition>}, a batch a request.
 *
 * <ul>
 *   <li>The next request of a route is sent when the one before was answered, which keeps the
 *       order; requests of different routes are in flight at the same time.
 *   <li>After a crash, or a request without an answer, records are sent again. They carry their
 *       source offset, by which the server can recognize them.
 *   <li>Status 408, 429, 5xx and a broken connection are retried; other statuses from 300 on stop
 *       the partition.
 * </ul>
 */
final class HttpSink implements Sink {
  private final URI address;
  private final Duration timeout;

  /** The client's threads are daemons, which end when it is no longer used. */
  private final HttpClient client;

  HttpSink(URI address, Duration timeout) {
    this.address = address;
    this.timeout = timeout;
    this.client = HttpClient.newBuilder().connectTimeout(timeout).build();
  }

  @Override
  public SinkWriter openWriter(PluginContext context) {
    return new Writer();
  }

  private final class Writer implements SinkWriter {
    /** The last write of each route; the next one follows it, and fails if it has failed. */
    private final Map<Route, CompletableFuture<WriteAck>> last = new HashMap<>();

    private final Map<Route, CompletableFuture<?>> inFlight = new ConcurrentHashMap<>();
    private volatile boolean closed;

    @Override
    public void open(Route route) {
      last.put(route, CompletableFuture.completedFuture(WriteAck.withoutOffsets()));
    }

    @Override
    public CompletionStage<WriteAck> write(Route route, ReplicationBatch batch) {
      return last.compute(route, (same, before) -> before.thenCompose(ack -> post(route, batch)));
    }

    private CompletionStage<WriteAck> post(Route route, ReplicationBatch batch) {
      if (closed) {
        return CompletableFuture.failedFuture(new RetriableException("the writer is closed"));
      }
      URI target =
          address.resolve("/%s/%d".formatted(route.target().topic(), route.target().partition()));
      HttpRequest request =
          HttpRequest.newBuilder(target)
              .timeout(timeout)
              .header("Content-Type", "application/x-ndjson")
              .POST(HttpRequest.BodyPublishers.ofString(json(batch)))
              .build();
      CompletableFuture<HttpResponse<Void>> answer =
          client.sendAsync(request, HttpResponse.BodyHandlers.discarding());
      inFlight.put(route, answer);
      return answer.handle((response, error) -> acknowledge(target, response, error));
    }

    /** Waits a moment for the requests in flight, then cancels them; the others fail. */
    @Override
    public void close() {
      closed = true;
      CompletableFuture.delayedExecutor(2, TimeUnit.SECONDS)
          .execute(() -> inFlight.values().forEach(answer -> answer.cancel(true)));
      CompletableFuture.allOf(last.values().toArray(CompletableFuture[]::new))
          .exceptionally(failed -> null)
          .join();
    }
  }

  private static WriteAck acknowledge(URI target, HttpResponse<?> response, Throwable error) {
    if (error != null) {
      Throwable cause = error instanceof CompletionException ? error.getCause() : error;
      throw new RetriableException("no answer from " + target + ": " + cause, cause);
    }
    int status = response.statusCode();
    if (status >= 500 || status == 408 || status == 429) {
      throw new RetriableException(target + " answered with status " + status);
    }
    if (status >= 300) {
      throw new PartitionFailedException(target + " answered with status " + status);
    }
    return WriteAck.withoutOffsets();
  }

  private static String json(ReplicationBatch batch) {
    return batch.records().stream().map(HttpSink::json).collect(Collectors.joining("\n"));
  }

  /** Keys and values are any bytes, hence Base64. */
  static String json(ReplicationRecord record) {
    StringJoiner headers = new StringJoiner(",", "[", "]");
    for (Header header : record.headers()) {
      headers.add(
          "{\"key\":%s,\"value\":%s}"
              .formatted(base64(RawHeader.rawKeyOf(header)), base64(header.value())));
    }
    String key = base64(record.key());
    String value = base64(record.value());
    return "{\"offset\":%d,\"timestamp\":%d,\"key\":%s,\"value\":%s,\"headers\":%s}"
        .formatted(record.offset(), record.timestamp(), key, value, headers);
  }

  private static String base64(byte[] bytes) {
    return bytes == null ? "null" : '"' + Base64.getEncoder().encodeToString(bytes) + '"';
  }
}
