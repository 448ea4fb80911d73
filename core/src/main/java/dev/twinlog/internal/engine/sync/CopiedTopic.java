package dev.twinlog.internal.engine.sync;

/**
 * A target topic that the link writes to.
 *
 * @param source its source topic; if there are several, the one with the most partitions
 * @param target the target topic
 */
public record CopiedTopic(String source, String target) {}
