-- Tax, credit and discount rows of products that turned out not to be ours: no line of the delivery selected their code.
-- Returns how many lines go.
-- $1 delivery_id: bigint, $2 product_code: text[]
with gone as (
	delete from provider.line_fact l
	 using provider.line_attribute a
	 where l.delivery_id = $1 and a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.product_code = any ($2)
	returning l.file_id
)
select file_id, count(*) from gone group by file_id;
