package dev.twinlog.metrics;

import com.sun.net.httpserver.HttpServer;
import dev.twinlog.Replicator;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.metrics.internal.page.HostCheck;
import dev.twinlog.metrics.internal.page.PageHandler;
import dev.twinlog.metrics.internal.page.PageThreads;
import dev.twinlog.metrics.internal.page.StatusSampler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Serves a page that shows the status of a link, for people and for probes, on the JDK's HTTP
 * server. Read-only, without authentication, and on loopback unless another address is given.
 *
 * <pre>{@code
 * StatusPage page = StatusPage.serve(replicator, 8080);            // http://localhost:8080/
 * }</pre>
 *
 * <ul>
 *   <li>{@code /}: the page, one document without external assets
 *   <li>{@code /status}: the status as JSON; {@code ?partitions=N} or {@code ?partitions=all}
 *   <li>{@code /history}: the throughput of the last ten minutes as JSON
 *   <li>{@code /health}: verdict, reasons and since when, as JSON; 503 if the verdict is {@code
 *       DOWN}, else 200
 *   <li>{@code /metrics}: the meters in Prometheus' format, if {@link Builder#prometheus} was
 *       given; else 404
 * </ul>
 *
 * <p>The status is taken once a second, on a thread of the page, and every request is answered by
 * the last one: the number of requests and of clients does not matter to the link. All threads are
 * daemons. The page may be opened before the link starts, and shows how the link has ended until it
 * is closed itself, in whichever order. Thread-safe.
 */
public final class StatusPage implements AutoCloseable {
  private static final Duration LONGEST_EXCHANGE = Duration.ofSeconds(10);
  private static final Duration LONGEST_CLOSE = Duration.ofSeconds(1);
  private static final int THREADS = 4;
  private static final int QUEUE = 32;

  private final HttpServer server;
  private final ScheduledThreadPoolExecutor timer;
  private final PageThreads threads;

  private StatusPage(HttpServer server, ScheduledThreadPoolExecutor timer, PageThreads threads) {
    this.server = server;
    this.timer = timer;
    this.threads = threads;
  }

  /**
   * Serves the page on loopback, without a throughput in bytes and without {@code /metrics}.
   *
   * @param replicator the link; it need not be started
   * @param port the port, or 0 for any free one, which {@link #port()} names
   * @throws IllegalArgumentException if it is not from 0 to 65535
   * @throws UncheckedIOException if the port is taken
   */
  public static StatusPage serve(Replicator replicator, int port) {
    return of(replicator).port(port).serve();
  }

  /**
   * Describes a page, to be served by {@link Builder#serve()}.
   *
   * @param replicator the link; it need not be started
   */
  public static Builder of(Replicator replicator) {
    return new Builder(Objects.requireNonNull(replicator, "replicator")::status);
  }

  /** The port of the page. */
  public int port() {
    return server.getAddress().getPort();
  }

  /** The address of the page. */
  public URI uri() {
    InetAddress address = server.getAddress().getAddress();
    String host =
        address.isLoopbackAddress() || address.isAnyLocalAddress()
            ? "localhost"
            : address.getHostAddress();
    return URI.create(
        "http://%s:%d/".formatted(host.contains(":") ? "[" + host + "]" : host, port()));
  }

  /**
   * Ends the page, and the answers that are under way with it; the link is not affected.
   * Idempotent, and takes a second at most.
   */
  @Override
  public void close() {
    threads.shutdownNow();
    timer.shutdownNow();
    server.stop(0);
    try {
      boolean ended = threads.awaitTermination(LONGEST_CLOSE);
      if (ended) {
        timer.awaitTermination(LONGEST_CLOSE.toNanos(), TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Describes a status page. Not thread-safe. */
  public static final class Builder {
    private final Supplier<ReplicatorStatus> status;
    private InetAddress address = InetAddress.getLoopbackAddress();
    private int port;
    private List<String> hostNames = List.of();
    private @Nullable TwinlogMeters meters;
    private @Nullable Supplier<String> scrape;
    private @Nullable RecentEvents events;
    private Duration longestExchange = LONGEST_EXCHANGE;

    Builder(Supplier<ReplicatorStatus> status) {
      this.status = status;
    }

    /** The port. Default 0: any free one, which {@link StatusPage#port()} names. */
    public Builder port(int port) {
      this.port = port;
      return this;
    }

    /**
     * The address at which the page is served. Default loopback, which this machine alone can
     * reach. The page has no authentication: at another address everyone who can connect sees the
     * names of topics and groups, and the messages of errors.
     */
    public Builder address(InetAddress address) {
      this.address = Objects.requireNonNull(address, "address");
      return this;
    }

    /**
     * The names by which browsers and proxies call the page, besides {@code localhost}. A request
     * by any other name is refused, which is how a web site can't have a browser read the page (DNS
     * rebinding). Default none; then on loopback {@code localhost} and the addresses of loopback
     * are accepted, and any name at another address.
     */
    public Builder hostNames(String... names) {
      this.hostNames = List.of(names);
      return this;
    }

    /**
     * The meters that were given to the link, from which the page gets the throughput in bytes.
     * Default none: it is not known then.
     */
    public Builder meters(TwinlogMeters meters) {
      this.meters = Objects.requireNonNull(meters, "meters");
      return this;
    }

    /**
     * What {@code /metrics} answers: the scrape in Prometheus' text format, for instance {@code
     * registry::scrape} of Micrometer's {@code PrometheusMeterRegistry}. Called by several threads,
     * once per request. Default none: 404.
     */
    public Builder prometheus(Supplier<String> scrape) {
      this.scrape = Objects.requireNonNull(scrape, "scrape");
      return this;
    }

    /**
     * The listener that was given to the link, from which the page gets the recent events. Default
     * none: then events are what changes in the status from one second to the next.
     */
    public Builder events(RecentEvents events) {
      this.events = Objects.requireNonNull(events, "events");
      return this;
    }

    Builder longestExchange(Duration longest) {
      this.longestExchange = longest;
      return this;
    }

    /**
     * Serves the page from now on.
     *
     * @throws IllegalArgumentException if the port is not from 0 to 65535
     * @throws UncheckedIOException if the port is taken, or the address is not one of this machine
     */
    public StatusPage serve() {
      if (port < 0 || port > 65_535) {
        throw new IllegalArgumentException(
            "port was %d but must be from 0 (any free one) to 65535".formatted(port));
      }
      TwinlogMeters measured = meters;
      LongSupplier bytes = measured == null ? () -> -1 : measured::bytesCopied;
      StatusSampler sampler =
          new StatusSampler(
              status,
              bytes,
              events == null ? null : events.log(),
              Clock.systemUTC(),
              System::nanoTime);
      PageHandler handler = new PageHandler(sampler, new HostCheck(address, hostNames), scrape);
      HttpServer server = bind();
      String name = "twinlog-" + sampler.latest().status().link() + "-page";
      ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, daemons(name));
      timer.setRemoveOnCancelPolicy(true);
      PageThreads threads =
          new PageThreads(daemons(name + "-http"), THREADS, QUEUE, longestExchange, timer);
      server.createContext("/", handler);
      server.setExecutor(threads);
      // The server's own thread is a daemon if the thread that starts it is one.
      CompletableFuture.runAsync(server::start, timer).join();
      sampler.start(timer);
      return new StatusPage(server, timer, threads);
    }

    private HttpServer bind() {
      try {
        return HttpServer.create(new InetSocketAddress(address, port), 0);
      } catch (IOException e) {
        throw new UncheckedIOException(
            "the status page can't be served at %s port %d: %s. Give it another port, or 0 for any free one"
                .formatted(address.getHostAddress(), port, e.getMessage()),
            e);
      }
    }

    private static ThreadFactory daemons(String name) {
      return task -> {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
      };
    }
  }
}
