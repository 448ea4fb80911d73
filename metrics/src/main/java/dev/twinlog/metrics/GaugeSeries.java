package dev.twinlog.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/** A gauge in every bound registry. */
final class GaugeSeries extends Series {
  private final TwinlogMeter meter;
  private final @Nullable TimeUnit unit;
  private final DoubleSupplier figure;
  private final Tags tags;

  private GaugeSeries(
      TwinlogMeter meter, @Nullable TimeUnit unit, DoubleSupplier figure, String... tagValues) {
    this.meter = meter;
    this.unit = unit;
    this.figure = figure;
    this.tags = meter.tags(tagValues);
  }

  /** A gauge of a number. */
  static GaugeSeries of(TwinlogMeter meter, DoubleSupplier figure, String... tagValues) {
    return new GaugeSeries(meter, null, figure, tagValues);
  }

  /** A gauge of a time, which {@code figure} returns in milliseconds. */
  static GaugeSeries ofMillis(TwinlogMeter meter, DoubleSupplier figure, String... tagValues) {
    return new GaugeSeries(meter, TimeUnit.MILLISECONDS, figure, tagValues);
  }

  /** Strong references: a registry must not lose the figure while the series lives. */
  @Override
  Meter register(MeterRegistry registry) {
    if (unit != null) {
      return TimeGauge.builder(meter.getName(), figure, unit, DoubleSupplier::getAsDouble)
          .description(meter.getDescription())
          .tags(tags)
          .strongReference(true)
          .register(registry);
    }
    return Gauge.builder(meter.getName(), figure, DoubleSupplier::getAsDouble)
        .description(meter.getDescription())
        .baseUnit(meter.getBaseUnit())
        .tags(tags)
        .strongReference(true)
        .register(registry);
  }
}
