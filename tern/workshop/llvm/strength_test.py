"""A test for FileCheck: what has to come out of a pass that turns multiplications into sums."""

from __future__ import annotations

from tern.parts import part

FILL = """\
define void @fill(ptr %p, i64 %n) {
entry:
  br label %loop

loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %x = mul i64 %i, 12
  %q = getelementptr i64, ptr %p, i64 %i
  store i64 %x, ptr %q
  %next = add nuw nsw i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %end

end:
  %last = mul i64 %n, 12
  %r = getelementptr i64, ptr %p, i64 %n
  store i64 %last, ptr %r
  ret void
}
"""
"""What the pass gets: of its two multiplications, one is in a loop, by an invariant."""


@part("workshop.llvm.strength_test")
def strength_test() -> str:
    """CHECK lines that FileCheck compares with what the pass makes of FILL.

    They pass for whatever names values and blocks have, for attributes that the pass does not care
    about, and for independent instructions in any order; they fail where the program does
    something else, and where a multiplication is still in the loop. The new phi comes behind the
    old one.
    """
    return """\
; CHECK-LABEL: define {{.*}}void @fill(
; CHECK-SAME:  ptr {{[^%]*}}%[[P:[^,]+]], i64 {{[^%]*}}%[[N:[^,)]+]])

; The entry goes to the loop, and both phis start with 0 from there.
; CHECK:       {{^}}[[ENTRY:[^ :]+]]:
; CHECK:       br label %[[LOOP:[^ ,]+]]
; CHECK:       {{^}}[[LOOP]]:
; CHECK-NEXT:  %[[I:[^ ]+]] = phi i64 [ 0, %[[ENTRY]] ], [ %[[NEXT:[^ ]+]], %[[LOOP]] ]
; CHECK-NEXT:  %[[X:[^ ]+]] = phi i64 [ 0, %[[ENTRY]] ], [ %[[MORE:[^ ]+]], %[[LOOP]] ]

; One sum is old, one new, and that one promises nothing; no multiplication is left.
; CHECK-NOT:   {{ (mul|shl) }}
; CHECK-DAG:   %[[NEXT]] = add nuw nsw i64 %[[I]], 1{{(,|$)}}
; CHECK-DAG:   %[[MORE]] = add i64 %[[X]], 12{{(,|$)}}
; CHECK-DAG:   %[[Q:[^ ]+]] = getelementptr {{.*}}i64, ptr %[[P]], i64 %[[I]]{{(,|$)}}
; CHECK-DAG:   store i64 %[[X]], ptr %[[Q]]{{(,|$)}}
; CHECK-DAG:   %[[C:[^ ]+]] = icmp ult i64 %[[NEXT]], %[[N]]{{(,|$)}}
; CHECK-NOT:   {{ (mul|shl) }}
; CHECK:       br i1 %[[C]], label %[[LOOP]], label %[[END:[^ ,]+]]{{(,|$)}}

; Behind the loop everything is as it was.
; CHECK:       {{^}}[[END]]:
; CHECK-DAG:   %[[LAST:[^ ]+]] = mul i64 %[[N]], 12{{(,|$)}}
; CHECK-DAG:   %[[R:[^ ]+]] = getelementptr {{.*}}i64, ptr %[[P]], i64 %[[N]]{{(,|$)}}
; CHECK:       store i64 %[[LAST]], ptr %[[R]]{{(,|$)}}
; CHECK-NEXT:  ret void
"""
