package dev.twinlog.testkit.simulator.model;

import java.util.Random;

/**
 * What the parts of a model share.
 *
 * @param random the one source of chance
 * @param times how long things take
 * @param memoryMs {@code producer.id.expiration.ms}
 * @param checkMs {@code producer.id.expiration.check.interval.ms}
 */
record ModelWorld(Agenda agenda, Random random, ModelTimes times, long memoryMs, long checkMs) {}
