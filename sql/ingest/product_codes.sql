-- Tax, credit and discount rows of products that turned out not to be ours: no line of the delivery selected their code.
-- Returns how many lines go.
-- $1 delivery_id: bigint, $2 product_code: text[]
select file_id, lines from provider.drop_products($1, $2);
