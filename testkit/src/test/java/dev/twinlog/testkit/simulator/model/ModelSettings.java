package dev.twinlog.testkit.simulator.model;

/**
 * The settings of a model's brokers.
 *
 * @param brokers how many there are, numbered from 0
 * @param memoryMs {@code producer.id.expiration.ms}
 * @param checkMs how often leaders look for producers to forget
 * @param idExpirationMs {@code transactional.id.expiration.ms}
 * @param lateMs how long after it was sent a request may still be executed
 * @param times the latencies
 */
public record ModelSettings(
    int brokers, long memoryMs, long checkMs, long idExpirationMs, long lateMs, ModelTimes times) {}
