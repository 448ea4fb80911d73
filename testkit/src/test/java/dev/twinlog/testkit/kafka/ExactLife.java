package dev.twinlog.testkit.kafka;

import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.spi.Lease;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SinkWriter;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** One instance of an exactly once link: its sink, and one writer per lane. */
final class ExactLife implements AutoCloseable {
  private final KafkaSink sink;
  private final List<SinkWriter> writers = new ArrayList<>();
  private final Map<Route, RouteProgress> saved = new HashMap<>();

  private record Context(String link, int lane) implements PluginContext, Lease {
    @Override
    public long maxInFlightBytes() {
      return 16 << 20;
    }

    @Override
    public Clock clock() {
      return Clock.systemUTC();
    }

    @Override
    public ThreadFactory threads(String role) {
      return task -> new Thread(task, "twinlog-" + link + "-" + role);
    }

    @Override
    public boolean exactlyOnce() {
      return true;
    }

    @Override
    public Lease lease() {
      return this;
    }

    @Override
    public boolean holds() {
      return true;
    }

    @Override
    public boolean formerOwnersExpired() {
      return true;
    }
  }

  ExactLife(KafkaSink sink, String link, int lanes) {
    this.sink = sink;
    for (int lane = 0; lane < lanes; lane++) {
      writers.add(sink.openWriter(new Context(link, lane)));
    }
  }

  SinkWriter writer(int lane) {
    return writers.get(lane);
  }

  /** Recovers the routes as after a crash, and opens them on the lane. */
  Map<Route, Recovery> open(int lane, Map<Route, RouteProgress> known, Route... routes) {
    Map<Route, Optional<RouteProgress>> asked = new HashMap<>();
    for (Route route : routes) {
      asked.put(route, Optional.ofNullable(known.get(route)));
      sink.describeTopics(List.of(route.target().topic()));
    }
    Map<Route, Recovery> answers =
        sink.recover(asked, Set.of()).toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    answers.forEach(
        (route, recovery) -> {
          saved.put(route, new RouteProgress(route, 0, 0, recovery.newState()));
          writer(lane).open(route);
        });
    return answers;
  }

  /** The progress that was saved when the routes were opened; none of it has moved since. */
  Map<Route, RouteProgress> saved() {
    return Map.copyOf(saved);
  }

  @Override
  public void close() {
    writers.forEach(SinkWriter::close);
    sink.close();
  }
}
