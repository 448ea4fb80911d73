package dev.twinlog.internal.status;

import dev.twinlog.spi.ReplicationException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The values of a link's status at one time, except its state, its guarantee, its data path and its
 * partitions. The accessors of {@code ReplicatorStatus} describe them.
 *
 * @param now the time of the snapshot, by the link's clock
 * @param since since when the link has been in its state
 * @param missingTopics topics that were selected by name and do not exist
 * @param groupSync whether consumer groups are kept in step, and why not
 * @param groupsAsOf when the consumer groups were last compared
 * @param move that the link was moved, or is being moved
 * @param throttle what the throttle does
 * @param pausedTopics the topics that are paused by name
 * @param selectedTopics the selection of topics that has replaced that of the source
 * @param timeToCatchUp how long catching up takes at the present rate
 * @param offsetMapBytes the memory of all offset maps
 */
public record LinkSnapshot(
    String link,
    Instant now,
    String reason,
    Instant since,
    Optional<String> dataPathReason,
    Map<String, List<String>> notes,
    List<String> missingTopics,
    List<DutySnapshot> duties,
    Optional<Instant> unsavedSince,
    String groupSync,
    Optional<Instant> groupsAsOf,
    Optional<ReplicationException> lastError,
    Optional<MoveSnapshot> move,
    ThrottleSnapshot throttle,
    Set<String> pausedTopics,
    Optional<String> selectedTopics,
    Optional<Duration> timeToCatchUp,
    long offsetMapBytes) {}
