package dev.twinlog.testkit.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.twinlog.spi.ReplicationRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.TopicPartition;

/**
 * A web server that keeps the records that an {@link HttpSink} posts to it, and that can refuse
 * requests and stall.
 */
final class WebServer implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, List<ReplicationRecord>> posted = new ConcurrentHashMap<>();
  private final Map<String, Integer> statuses = new ConcurrentHashMap<>();
  private final AtomicInteger requests = new AtomicInteger();
  private volatile int failEvery = Integer.MAX_VALUE;
  private volatile CountDownLatch stall;

  WebServer() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::answer);
    server.setExecutor(threads);
    server.start();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
    int status = statuses.getOrDefault(path, 204);
    CountDownLatch waiting = stall;
    if (waiting != null) {
      try {
        waiting.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      status = 503;
    }
    if (requests.incrementAndGet() % failEvery == 0) {
      status = 503;
    }
    if (status == 204) {
      List<ReplicationRecord> records = body.lines().map(JsonLines::record).toList();
      posted.computeIfAbsent(path, any -> new CopyOnWriteArrayList<>()).addAll(records);
    }
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  URI address() {
    InetSocketAddress listens = server.getAddress();
    return URI.create(
        "http://%s:%d/".formatted(listens.getAddress().getHostAddress(), listens.getPort()));
  }

  /** Answers one in this many requests with 503. */
  void failEvery(int count) {
    failEvery = count;
  }

  /** Answers every request about a partition with this status; 204 accepts it. */
  void answer(TopicPartition target, int status) {
    statuses.put(path(target), status);
  }

  /** Stops answering requests. */
  void stall() {
    stall = new CountDownLatch(1);
  }

  /** Refuses the requests since {@link #stall()}, and answers again. */
  void unstall() {
    CountDownLatch waiting = stall;
    stall = null;
    if (waiting != null) {
      waiting.countDown();
    }
  }

  List<ReplicationRecord> records(TopicPartition target) {
    return List.copyOf(posted.getOrDefault(path(target), List.of()));
  }

  private static String path(TopicPartition target) {
    return "/" + target.topic() + "/" + target.partition();
  }

  @Override
  public void close() {
    unstall();
    server.stop(0);
    threads.shutdownNow();
  }
}
