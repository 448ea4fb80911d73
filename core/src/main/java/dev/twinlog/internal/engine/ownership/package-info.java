/**
 * What this instance owns of a link.
 *
 * <p>The state of a link consists of {@link dev.twinlog.internal.progress.Shards shards}, and of
 * each source partition one shard has the progress and the offset maps. An {@link
 * dev.twinlog.internal.engine.ownership.Ownership} claims shards for this instance and takes them
 * back; {@link dev.twinlog.internal.engine.ownership.SoleOwner} claims the whole link once. A
 * {@link dev.twinlog.internal.engine.ownership.Claim} has the lease, the loaded progress and the
 * offset maps of its shards, and goes with them; {@link
 * dev.twinlog.internal.engine.ownership.Claims} are those that are held now.
 */
@NullMarked
package dev.twinlog.internal.engine.ownership;

import org.jspecify.annotations.NullMarked;
