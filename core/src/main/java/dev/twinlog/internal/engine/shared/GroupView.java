package dev.twinlog.internal.engine.shared;

import dev.twinlog.GroupState;
import dev.twinlog.internal.status.GroupSnapshot;

/**
 * A snapshot of a consumer group, from which its public status is made.
 *
 * @param isShared whether it is a share group
 */
public record GroupView(GroupState state, GroupSnapshot snapshot, boolean isShared) {}
