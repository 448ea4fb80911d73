package dev.twinlog.testkit.simulator.model;

import java.util.Random;

/** The time, randomness and settings that the parts of a model share. */
final class ModelWorld {
  private final Agenda agenda;
  private final Random random;
  private final long memoryMs;
  private final long checkMs;
  private final long lateMs;
  private ModelTimes times;

  /**
   * A world with the latencies of its settings.
   *
   * @param random the only source of randomness
   */
  ModelWorld(Agenda agenda, Random random, ModelSettings settings) {
    this.agenda = agenda;
    this.random = random;
    this.memoryMs = settings.memoryMs();
    this.checkMs = settings.checkMs();
    this.lateMs = settings.lateMs();
    this.times = settings.times();
  }

  Agenda agenda() {
    return agenda;
  }

  Random random() {
    return random;
  }

  /** The latencies. */
  ModelTimes times() {
    return times;
  }

  void times(ModelTimes now) {
    times = now;
  }

  /** {@code producer.id.expiration.ms}. */
  long memoryMs() {
    return memoryMs;
  }

  /** {@code producer.id.expiration.check.interval.ms}. */
  long checkMs() {
    return checkMs;
  }

  /** How late a request may be executed; see {@link ModelSettings}. */
  long lateMs() {
    return lateMs;
  }
}
