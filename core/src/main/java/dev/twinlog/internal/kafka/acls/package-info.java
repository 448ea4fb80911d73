/** The ACLs of a cluster, as the link lists and changes them. */
@NullMarked
package dev.twinlog.internal.kafka.acls;

import org.jspecify.annotations.NullMarked;
