/**
 * Dead letters: what the target refuses for good is written to a topic beside the copy, and left
 * out of that.
 *
 * <p>A partition with such a record is {@link
 * dev.twinlog.internal.engine.partition.PartitionLife.Refused}. {@link
 * dev.twinlog.internal.engine.letters.RefusedRecords} decides on the control thread, has the record
 * read and written on the thread of the syncs ({@link
 * dev.twinlog.internal.engine.letters.LetterCall}), and then, on the control thread again, has it
 * stored that the record is left out. The partition is opened after that. If the link ends anywhere
 * in between, or the partition is paused, what is stored still begins at the record: it is refused
 * again, and written again.
 */
@NullMarked
package dev.twinlog.internal.engine.letters;

import org.jspecify.annotations.NullMarked;
