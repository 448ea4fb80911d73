package dev.twinlog.metrics;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.IdentityHashMap;

/**
 * One meter with its tags, in every bound registry. Only {@link Registries} adds and removes it,
 * under its lock.
 */
abstract class Series {
  private final IdentityHashMap<MeterRegistry, Meter> meters = new IdentityHashMap<>();

  final void addTo(MeterRegistry registry) {
    meters.put(registry, register(registry));
  }

  final void remove() {
    meters.forEach(MeterRegistry::remove);
    meters.clear();
  }

  /** Registers the meter, with earlier measurements where that is possible. */
  abstract Meter register(MeterRegistry registry);
}
