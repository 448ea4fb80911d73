package dev.twinlog.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * The bound registries and the live series: every live series is in every bound registry, in
 * whichever order they were added. Thread-safe.
 */
final class Registries {
  private final List<MeterRegistry> bound = new ArrayList<>();
  private final Set<Series> live = Collections.newSetFromMap(new IdentityHashMap<>());
  private boolean closed;

  synchronized void bind(MeterRegistry registry) {
    if (closed) {
      throw new IllegalStateException("the meters are closed");
    }
    if (bound.stream().noneMatch(known -> known == registry)) {
      bound.add(registry);
      live.forEach(series -> series.addTo(registry));
    }
  }

  /** Makes the series live; after {@link #close()} it is added to no registry. */
  synchronized <S extends Series> S add(S series) {
    if (!closed && live.add(series)) {
      bound.forEach(series::addTo);
    }
    return series;
  }

  synchronized void remove(Series series) {
    if (live.remove(series)) {
      series.remove();
    }
  }

  synchronized void close() {
    closed = true;
    live.forEach(Series::remove);
    live.clear();
    bound.clear();
  }

  synchronized boolean isClosed() {
    return closed;
  }
}
