package dev.twinlog.benchmarks.versus;

import java.util.Locale;

/** What is measured, with its unit and how people read it. */
enum Measure {
  START_SECONDS("start s", 2),
  START_CPU_SECONDS("start CPU s", 2),
  CATCH_UP_PER_SECOND("catch-up rec/s", 0),
  STEADY_PER_SECOND("steady rec/s", 0),
  STEADY_CPU_MICROS_PER_RECORD("steady µs/rec", 2),
  WARM_PER_SECOND("warm rec/s", 0),
  WARM_CPU_MICROS_PER_RECORD("warm µs/rec", 2),
  WARM_CPU_MILLIS_PER_MB("warm ms/MB", 2),
  BROKER_CPU_MICROS_PER_RECORD("brokers µs/rec", 2),
  CONTENDER_PERCENT("link %", 0),
  BROKERS_PERCENT("brokers %", 0),
  IDLE_PERCENT("idle %", 0),
  OTHERS_PERCENT("others %", 0),
  PEAK_MB("peak MB", 0),
  WAITING_PERCENT_OF_A_CORE("waiting % core", 2),
  LATENCY_P50_MILLIS("p50 ms", 2),
  LATENCY_P99_MILLIS("p99 ms", 2),
  LATENCY_P999_MILLIS("p99.9 ms", 2),
  LATENCY_CPU_PERCENT_OF_A_CORE("CPU % core", 1);

  private final String title;
  private final int decimals;

  Measure(String title, int decimals) {
    this.title = title;
    this.decimals = decimals;
  }

  /** The head of its column. */
  String title() {
    return title;
  }

  /** The name in the file for machines. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  String format(double value) {
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }
}
