package dev.twinlog.internal.engine.shared;

import dev.twinlog.PartitionState;
import dev.twinlog.internal.status.PartitionSnapshot;

/** A snapshot of a partition, from which its public status is made. */
public record PartitionView(
    PartitionState state, CurrentGuarantee guarantee, PartitionSnapshot snapshot) {}
